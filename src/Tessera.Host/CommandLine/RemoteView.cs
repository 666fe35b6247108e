using System.Globalization;
using Spectre.Console;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.CommandLine;

/// <summary>What "info" and "stats" print of a mounted export of a server.</summary>
internal static class RemoteView
{
    public static void Print(RemoteFacts facts)
    {
        Grid grid = FactsGrid.Start();
        grid.AddRow("export", Markup.Escape(facts.Volume));
        if (facts.Volume.Contains(',', StringComparison.Ordinal))
        {
            grid.AddRow("address", Markup.Escape(facts.Address));
        }

        grid.AddMountPoint(facts.MountPoint, facts.ReadOnly);
        grid.AddRow("state", Markup.Escape(facts.Reason is null ? facts.State : $"{facts.State}: {facts.Reason}"));
        grid.AddRow("session", string.Create(CultureInfo.InvariantCulture, $"{facts.Session}, {facts.Connections} connections so far, {facts.GraceSeconds} s of grace"));
        if (facts.ResumeMs is { } resumed)
        {
            grid.AddRow("last cut", string.Create(CultureInfo.InvariantCulture, $"went on after {resumed:N1} ms"));
        }

        grid.AddRow("cache", facts.Cache);
        grid.AddRow("used", facts.Space is null ? "the server does not answer" : FactsGrid.Space(facts.Space));
        grid.AddDaemon(facts.Pid, facts.Started, facts.Log);
        Screen.Output.Write(grid);
    }

    public static void Print(RemoteStats stats)
    {
        Grid grid = FactsGrid.Start();
        grid.AddCalls(stats.Operations);
        grid.AddRow("requests", string.Create(CultureInfo.InvariantCulture, $"{stats.Requests:N0} sent, {stats.RequestsAhead:N0} of them ahead; {stats.CompressedFrames:N0} frames compressed; round trip {stats.RoundTripMs:N2} ms; {stats.Connections:N0} connections, {stats.Failovers:N0} of them to another address than the one before"));
        grid.AddRow("address", Markup.Escape(stats.Address));
        grid.AddRow("inodes", string.Create(CultureInfo.InvariantCulture, $"{stats.Inodes:N0} remembered, {stats.InodesKnownToKernel:N0} known to the kernel, {stats.OpenFiles:N0} open, {stats.WrittenFiles:N0} lately written"));
        grid.AddRow("memory", $"{ByteSize.Format((ulong)stats.ResidentBytes)} resident");
        Screen.Output.Write(grid);
    }
}
