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
        Grid grid = FactsGrid.Start();
        grid.AddRow("directory", Markup.Escape(facts.Volume));
        grid.AddMountPoint(facts.MountPoint, facts.ReadOnly);
        grid.AddRow("passthrough", facts.Passthrough ? "large files are read and written by the kernel itself" : "no");
        grid.AddRow("used", FactsGrid.Space(facts.Space));
        grid.AddDaemon(facts.Pid, facts.Started, facts.Log);
        Screen.Output.Write(grid);
    }

    public static void Print(DirectoryStats stats)
    {
        Grid grid = FactsGrid.Start();
        grid.AddCalls(stats.Operations);
        grid.AddRow("inodes", string.Create(CultureInfo.InvariantCulture, $"{stats.Inodes:N0} remembered, {stats.InodesKnownToKernel:N0} known to the kernel, {stats.OpenFiles:N0} open"));
        grid.AddRow("passthrough", string.Create(CultureInfo.InvariantCulture, $"{stats.PassthroughOpens:N0} opens"));
        grid.AddRow("memory", $"{ByteSize.Format((ulong)stats.ResidentBytes)} resident");
        grid.AddRow("space", FactsGrid.Space(stats.Space));
        Screen.Output.Write(grid);
    }
}
