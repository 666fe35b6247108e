using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Tessera.Host.Metering;
using Tessera.Host.Serving;

namespace Tessera.Host.CommandLine;

/// <summary>The statistics of a mount as a table of operations with a few lines below it.</summary>
internal static class StatsView
{
    public static IRenderable Of(StatsFacts stats) => new Rows(Operations(stats.Operations), new Text(string.Empty), Figures(stats));

    private static Table Operations(IReadOnlyList<OperationFigures> operations)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn("operation");
        foreach (string heading in new[] { "count", "errors", "data", "mean µs", "p50", "p99", "max" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (OperationFigures operation in operations)
        {
            table.AddRow(
                operation.Name.Replace('_', ' '),
                Number(operation.Count),
                Number(operation.Errors),
                operation.Bytes == 0 ? string.Empty : ByteSize.Format((ulong)operation.Bytes),
                Time(operation.MeanUs),
                Time(operation.P50Us),
                Time(operation.P99Us),
                Time(operation.MaxUs));
        }

        return table;
    }

    private static Grid Figures(StatsFacts stats)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn();
        CacheFacts cache = stats.Cache;
        grid.AddRow("mounted for", TimeSpan.FromSeconds((long)stats.UptimeSeconds).ToString("c", CultureInfo.InvariantCulture));
        grid.AddRow("space", $"{ByteSize.Format(stats.Space.UsedBytes)} used, {ByteSize.Format(stats.Space.AvailableBytes)} to be had");
        grid.AddRow("to be written", $"{Size(cache.DirtyBytes)} of at most {Size(cache.DirtyLimitBytes)} (peak {Size(cache.DirtyPeakBytes)}), {Number(cache.DirtyInodes)} files");
        grid.AddRow("inodes", $"{Number(cache.Inodes)} cached, {Number(cache.InodesKnownToKernel)} known to the kernel, {Number(cache.OpenFiles)} open, {Number(cache.Orphans)} to be deleted");
        grid.AddRow("tree nodes", $"{Size(cache.NodeBytes)} of at most {Size(cache.NodeLimitBytes)}, {Number(cache.NodeHits)} found there, {Number(cache.NodeMisses)} read");
        grid.AddRow("log", $"{Size(stats.Log.Bytes)} of {Size(stats.Log.LimitBytes)}, {Number((long)stats.Log.Commits)} commits, {Number((long)(stats.Log.Commits - stats.Log.DurableCommits))} not durable yet, {Number(stats.Log.Checkpoints)} checkpoints");
        grid.AddRow("memory", $"{Size(stats.Memory.ResidentBytes)} resident, {Size(stats.Memory.ManagedBytes)} of it objects; {Number(stats.Memory.Collections)} collections, {Time(stats.Memory.PausedMs)} ms stopped");
        grid.AddRow("threads", $"{stats.Threads} for requests");
        return grid;
    }

    private static string Size(long bytes) => ByteSize.Format((ulong)Math.Max(0, bytes));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(double value) => value.ToString("N1", CultureInfo.InvariantCulture);
}
