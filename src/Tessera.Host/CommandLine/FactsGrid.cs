using System.Globalization;
using Spectre.Console;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.CommandLine;

/// <summary>Names and what is said of them, in two columns; the lines that "info" and "stats" print of every kind of mount.</summary>
internal static class FactsGrid
{
    public static Grid Start()
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn();
        return grid;
    }

    public static void AddMountPoint(this Grid grid, string mountPoint, bool readOnly) => grid.AddRow("mounted at", Markup.Escape(mountPoint) + (readOnly ? " (read-only)" : string.Empty));

    public static void AddDaemon(this Grid grid, int pid, DateTimeOffset started, string? log)
    {
        grid.AddRow("daemon", string.Create(CultureInfo.InvariantCulture, $"process {pid}, since {started.ToLocalTime():yyyy-MM-dd HH:mm:ss}"));
        grid.AddRow("log", Markup.Escape(log ?? "standard error"));
    }

    public static void AddCalls(this Grid grid, IReadOnlyList<CallReport> calls)
    {
        foreach (CallReport call in calls)
        {
            grid.AddRow(
                call.Name.Replace('_', ' '),
                string.Create(CultureInfo.InvariantCulture, $"{call.Count:N0}, {call.Errors:N0} errors, mean {call.MeanUs:N1} µs, p99 {call.P99Us:N1}"));
        }
    }

    public static string Space(SpaceFacts space) =>
        $"{ByteSize.Format(space.UsedBytes)} of {ByteSize.Format(space.CapacityBytes)}, {ByteSize.Format(space.AvailableBytes)} to be had";
}
