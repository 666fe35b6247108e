using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Tessera.Host.Bench;

namespace Tessera.Host.CommandLine;

/// <summary>A health check as a table with a verdict in each row, and one below for all.</summary>
internal static class BenchView
{
    public static IRenderable Of(BenchReport report) => new Rows(
        new Text($"{report.Volume} at {report.MountPoint}"),
        new Text(string.Empty),
        Measurements(report),
        new Text(string.Empty),
        new Text(Against(report)),
        new Text(Verdict(report)));

    private static Table Measurements(BenchReport report)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn("workload");
        foreach (string heading in new[] { "per second", "p50 µs", "p99 µs", report.NativePath is null ? "reference" : "native", "share" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        table.AddColumn("verdict");
        foreach (BenchRow row in report.Rows)
        {
            table.AddRow(
                row.Name,
                Speed(row, row.Mount.PerSecond),
                Time(row.Mount.P50Us),
                Time(row.Mount.P99Us),
                Speed(row, row.ReferencePerSecond),
                row.Share.ToString("0.00", CultureInfo.InvariantCulture),
                row.Good ? "good" : Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"slow (good from {row.GoodShare:0.00}): {row.Advice}")));
        }

        return table;
    }

    private static string Against(BenchReport report) => report.NativePath is { } path
        ? $"Native is the file system of {path}, measured in turn with the mount; the large file had {ByteSize.Format((ulong)report.FileBytes)}."
        : $"Judged against an ordinary disk with ext4, because the file system beneath was not measured: {report.NativeReason}.";

    private static string Verdict(BenchReport report)
    {
        if (!report.Complete)
        {
            return "Interrupted: what was measured by then is above.";
        }

        return report.Slow switch
        {
            0 => "This mount is in good health.",
            1 => $"One workload is slow. {Doubt(report)}",
            _ => $"{report.Slow} workloads are slow. {Doubt(report)}",
        };
    }

    private static string Doubt(BenchReport report) => report.WasBusy
        ? string.Create(CultureInfo.InvariantCulture, $"But the machine was busy already (load {report.LoadBefore:0.0} on {Environment.ProcessorCount} processors): run it again when it is not.")
        : "Run it again before you believe it.";

    private static string Speed(BenchRow row, double perSecond) => row.Unit == BenchUnit.Bytes
        ? ByteSize.Format((ulong)perSecond)
        : perSecond.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(double value) => value.ToString("N1", CultureInfo.InvariantCulture);
}
