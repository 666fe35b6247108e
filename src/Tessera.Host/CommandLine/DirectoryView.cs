using System.Globalization;
using Spectre.Console;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.CommandLine;

/// <summary>What "info" and "stats" print of a mounted directory of this host.</summary>
internal static class DirectoryView
{
    public static void Print(DirectoryFacts facts)
    {
        Grid grid = Start();
        grid.AddRow("directory", Markup.Escape(facts.Volume));
        grid.AddRow("mounted at", Markup.Escape(facts.MountPoint) + (facts.ReadOnly ? " (read-only)" : string.Empty));
        grid.AddRow("passthrough", facts.Passthrough ? "large files are read and written by the kernel itself" : "no");
        grid.AddRow("used", Space(facts.Space));
        grid.AddRow("daemon", string.Create(CultureInfo.InvariantCulture, $"process {facts.Pid}, since {facts.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}"));
        grid.AddRow("log", Markup.Escape(facts.Log ?? "standard error"));
        Screen.Output.Write(grid);
    }

    public static void Print(DirectoryStats stats)
    {
        Grid grid = Start();
        foreach (CallReport operation in stats.Operations)
        {
            grid.AddRow(
                operation.Name.Replace('_', ' '),
                string.Create(CultureInfo.InvariantCulture, $"{operation.Count:N0}, {operation.Errors:N0} errors, mean {operation.MeanUs:N1} µs, p99 {operation.P99Us:N1}"));
        }

        grid.AddRow("inodes", string.Create(CultureInfo.InvariantCulture, $"{stats.Inodes:N0} remembered, {stats.InodesKnownToKernel:N0} known to the kernel, {stats.OpenFiles:N0} open"));
        grid.AddRow("passthrough", string.Create(CultureInfo.InvariantCulture, $"{stats.PassthroughOpens:N0} opens"));
        grid.AddRow("memory", $"{ByteSize.Format((ulong)stats.ResidentBytes)} resident");
        grid.AddRow("space", Space(stats.Space));
        Screen.Output.Write(grid);
    }

    private static string Space(SpaceFacts space) =>
        $"{ByteSize.Format(space.UsedBytes)} of {ByteSize.Format(space.CapacityBytes)}, {ByteSize.Format(space.AvailableBytes)} to be had";

    private static Grid Start()
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn();
        return grid;
    }
}
