using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Tessera.Core;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.CommandLine;

/// <summary>The statistics of a mount, of the last interval where there is one, else since the mount began. The table of calls comes last: a low terminal cuts it off.</summary>
internal static class StatsView
{
    private const string NoAsking = "-";

    /// <summary>A narrower terminal is shown the first columns only: wrapped cells cannot be read.</summary>
    private const int WideTerminal = 100;
    private const int NarrowColumns = 6;

    public static IRenderable Of(StatsReport report, string title) => new Rows(
        new Text($"{title}, mounted for {TimeSpan.FromSeconds((long)report.UptimeSeconds).ToString("c", CultureInfo.InvariantCulture)}; {Period(report)}"),
        Figures(report),
        new Text(string.Empty),
        Calls(report));

    private static string Period(StatsReport report) => report.IntervalSeconds is { } seconds
        ? string.Create(CultureInfo.InvariantCulture, $"the last {seconds:0.0} s")
        : "since then";

    private static Table Calls(StatsReport report)
    {
        bool live = report.IntervalSeconds is not null;
        var table = new Table { Border = TableBorder.None };
        table.AddColumn("operation");
        string[] headings = live
            ? ["per s", "data per s", "p50 µs", "p95", "p99", "max", "errors", "in all", "p99 in all"]
            : ["count", "data", "p50 µs", "p95", "p99", "max", "errors", "mean"];
        int columns = Screen.Output.Profile.Width < WideTerminal ? Math.Min(headings.Length, NarrowColumns) : headings.Length;
        foreach (string heading in headings.Take(columns))
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (CallReport call in report.Operations)
        {
            table.AddRow([call.Name.Replace('_', ' '), .. Cells(call).Take(columns)]);
        }

        foreach (CallReport call in report.Disk)
        {
            table.AddRow([$"disk {call.Name.Replace('_', ' ')}", .. Cells(call).Take(columns)]);
        }

        return table;
    }

    private static string[] Cells(CallReport call) => call.Interval is { } now
        ?
        [
            .. now.Count > 0 ? ActiveCells(now) : Enumerable.Repeat(string.Empty, 7),
            Number(call.Count), Time(call.P99Us),
        ]
        :
        [
            Number(call.Count), Data(call.Bytes), Time(call.P50Us), Time(call.P95Us), Time(call.P99Us), Time(call.MaxUs),
            Number(call.Errors), Time(call.MeanUs),
        ];

    private static string[] ActiveCells(CallInterval now) =>
    [
        Number(now.PerSecond), Data(now.BytesPerSecond), Time(now.P50Us), Time(now.P95Us), Time(now.P99Us), Time(now.MaxUs), Number(now.Errors),
    ];

    private static Grid Figures(StatsReport report)
    {
        Grid grid = FactsGrid.Start();
        if (report.Rates is { } rates)
        {
            AddRates(grid, rates);
        }

        CacheFacts cache = report.Cache;
        grid.AddRow("caches", Caches(cache, report.Rates?.Hits));
        grid.AddRow("to be written", $"{Size(cache.DirtyBytes)} of at most {Size(cache.DirtyLimitBytes)} (peak {Size(cache.DirtyPeakBytes)}), {Number(cache.DirtyInodes)} files");
        grid.AddRow("inodes", $"{Number(cache.Inodes)} in memory, {Number(cache.InodesKnownToKernel)} known to the kernel ({Size(cache.InodesKnownToKernelBytes)}), {Number(cache.OpenFiles)} open, {Number(cache.Orphans)} to be deleted");
        grid.AddRow("log", $"{Size(report.Log.Bytes)} of {Size(report.Log.LimitBytes)}; {Number((long)report.Log.Commits)} commits, {Number((long)(report.Log.Commits - report.Log.DurableCommits))} not durable yet, {Number(report.Log.Checkpoints)} checkpoints");
        grid.AddRow("sealed", $"{Size(report.Sealing.SealedBytes)} sealed, {Size(report.Sealing.OpenedBytes)} opened");
        if (report.Decoys.Written + report.Decoys.Skipped > 0)
        {
            grid.AddRow("decoys", $"{Number(report.Decoys.Written)} slots of noise written, {Number(report.Decoys.Skipped)} left out because little was free");
        }

        if (report.Parity is { } parity)
        {
            grid.AddRow("parity", $"{Number(parity.Rebuilt)} stripes made good while they were read, {Number(parity.Mended)} slots written anew");
        }

        if (report.Reshuffle.MovedBytes > 0)
        {
            grid.AddRow("reshuffle", $"{Size(report.Reshuffle.MovedBytes)} put elsewhere");
        }

        if (report.Reseal is { } reseal)
        {
            grid.AddRow("re-sealing", $"{reseal.State}, {reseal.Percent} %; {Size(reseal.Bytes)} of contents and {Number(reseal.Nodes)} tree nodes written anew");
        }

        grid.AddRow("requests", Requests(report.Requests));
        grid.AddRow("memory", Memory(report.Memory));
        grid.AddRow("space", $"{ByteSize.Format(report.Space.UsedBytes)} used, {ByteSize.Format(report.Space.AvailableBytes)} to be had");
        return grid;
    }

    private static void AddRates(Grid grid, Rates rates)
    {
        grid.AddRow("each second", $"{Number(rates.Operations)} operations; {Size(rates.ReadBytes)} read, {Size(rates.WrittenBytes)} written; {Size(rates.SealedBytes)} sealed, {Size(rates.OpenedBytes)} opened");
        grid.AddRow(string.Empty, $"{Number(rates.Commits)} commits in {Number(rates.LogRecords)} log records of {Size(rates.LogBytes)}, {Number(rates.DurableCommits)} made durable; {Time(rates.Checkpoints)} checkpoints");
        grid.AddRow(string.Empty, $"{Size(rates.AllocatedBytes)} of objects made, {Time(rates.Collections)} collections, {Time(rates.PausedMs)} ms stopped");
    }

    private static string Caches(CacheFacts cache, HitRates? hits)
    {
        string period = hits is null ? "found there since the mount began" : "found there in the last interval";
        return $"{Cache("blocks", cache.Blocks, hits?.Blocks, hits is not null, Size)}, {Cache("tree nodes", cache.Nodes, hits?.Nodes, hits is not null, Size)}, "
            + $"{Cache("names", cache.Names, hits?.Names, hits is not null, Number)}, {Cache("inodes", cache.InodeRecords, hits?.InodeRecords, hits is not null, Number)} {period}";
    }

    private static string Cache(string name, CacheCounters cache, double? rate, bool live, Func<long, string> format)
    {
        double? share = live ? rate : HitRates.Of(cache);
        return $"{name} {format(cache.Used)} of {format(cache.Limit)} {share?.ToString("P1", CultureInfo.InvariantCulture) ?? NoAsking}";
    }

    private static string Requests(RequestFacts requests)
    {
        string kernel = requests.WaitingInKernel is { } waiting ? $", {Number(waiting)} not answered yet" : string.Empty;
        return $"{Number(requests.InService)} of at most {Number(requests.Limit)} being served{kernel}; {Number(requests.Threads - requests.ParkedThreads)} threads awake and {Number(requests.ParkedThreads)} parked, "
            + $"{Number(requests.PoolThreads)} in the background with {Number(requests.PoolQueue)} tasks waiting";
    }

    private static string Memory(MemoryFacts memory) =>
        $"{Size(memory.ResidentBytes)} resident, {Size(memory.ManagedBytes)} of it objects; blocks {Size(memory.Uses.BlockBytes)}, nodes {Size(memory.Uses.NodeBytes)}, "
        + $"to be written {Size(memory.Uses.DirtyBytes)}, new commits {Size(memory.Uses.TableBytes)}; "
        + $"{Number(memory.Collections)} collections ({Number(memory.FullCollections)} full), {Time(memory.PausedMs)} ms stopped";

    private static string Size(long bytes) => ByteSize.Format((ulong)Math.Max(0, bytes));

    private static string Size(double bytes) => Size((long)bytes);

    private static string Data(double bytes) => bytes == 0 ? string.Empty : Size(bytes);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value is > 0 and < 10 ? "N1" : "N0", CultureInfo.InvariantCulture);

    private static string Time(double value) => value.ToString("N1", CultureInfo.InvariantCulture);
}
