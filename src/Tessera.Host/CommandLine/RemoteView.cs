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
        Grid grid = Start();
        grid.AddRow("export", Markup.Escape(facts.Volume));
        grid.AddRow("mounted at", Markup.Escape(facts.MountPoint) + (facts.ReadOnly ? " (read-only)" : string.Empty));
        grid.AddRow("state", Markup.Escape(facts.Reason is null ? facts.State : $"{facts.State}: {facts.Reason}"));
        grid.AddRow("session", string.Create(CultureInfo.InvariantCulture, $"{facts.Session}, {facts.Connections} connections so far, {facts.GraceSeconds} s of grace"));
        grid.AddRow("cache", facts.Cache);
        grid.AddRow("used", facts.Space is null ? "the server does not answer" : $"{ByteSize.Format(facts.Space.UsedBytes)} of {ByteSize.Format(facts.Space.CapacityBytes)}, {ByteSize.Format(facts.Space.AvailableBytes)} to be had");
        grid.AddRow("daemon", string.Create(CultureInfo.InvariantCulture, $"process {facts.Pid}, since {facts.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}"));
        grid.AddRow("log", Markup.Escape(facts.Log ?? "standard error"));
        Screen.Output.Write(grid);
    }

    public static void Print(RemoteStats stats)
    {
        Grid grid = Start();
        foreach (CallReport operation in stats.Operations)
        {
            grid.AddRow(
                operation.Name.Replace('_', ' '),
                string.Create(CultureInfo.InvariantCulture, $"{operation.Count:N0}, {operation.Errors:N0} errors, mean {operation.MeanUs:N1} µs, p99 {operation.P99Us:N1}"));
        }

        grid.AddRow("requests", string.Create(CultureInfo.InvariantCulture, $"{stats.Requests:N0} sent, {stats.RequestsAhead:N0} of them ahead; round trip {stats.RoundTripMs:N2} ms; {stats.Connections:N0} connections"));
        grid.AddRow("inodes", string.Create(CultureInfo.InvariantCulture, $"{stats.Inodes:N0} remembered, {stats.InodesKnownToKernel:N0} known to the kernel, {stats.OpenFiles:N0} open, {stats.WrittenFiles:N0} lately written"));
        grid.AddRow("memory", $"{ByteSize.Format((ulong)stats.ResidentBytes)} resident");
        Screen.Output.Write(grid);
    }

    private static Grid Start()
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn();
        return grid;
    }
}
