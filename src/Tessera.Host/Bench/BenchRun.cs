using System.Globalization;
using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.Bench;

/// <summary>Runs every workload in the mount and, right after, in the file system beneath: whatever else the machine does meanwhile slows both.</summary>
internal static class BenchRun
{
    /// <summary>Removes what it made however it ends, save by SIGKILL. An interruption is no exception: the report is then not complete.</summary>
    /// <param name="entry">The mount.</param>
    /// <param name="full">Five minutes rather than one.</param>
    /// <param name="progress">Told the name of what begins, and the part that is done.</param>
    /// <param name="cancellation">Ends it between two calls.</param>
    /// <exception cref="CommandException">Nothing can be written to the mount, or there is too little space.</exception>
    public static BenchReport Run(MountEntry entry, bool full, Action<string, double> progress, CancellationToken cancellation)
    {
        string beneath = Path.GetDirectoryName(MountPath.Canonical(entry.Source)) ?? "/";
        double load = LoadNow();
        BenchPlan plan = BenchPlan.For(full, Math.Min(FreeIn(entry.MountPoint), FreeIn(beneath) / 2));
        using BenchPlace mount = BenchPlace.Make(entry.MountPoint);
        using BenchPlace? native = TryMakeBeneath(entry, beneath, out string? reason);
        var rows = new List<BenchRow>();
        bool complete = Measure(new BenchPair(mount, native, plan), rows, progress, cancellation);
        return new BenchReport
        {
            Volume = entry.Source,
            MountPoint = entry.MountPoint,
            NativePath = native is null ? null : beneath,
            NativeReason = reason,
            FileBytes = plan.FileBytes,
            LoadBefore = load,
            Rows = rows,
            Complete = complete,
        };
    }

    private static bool Measure(BenchPair places, List<BenchRow> rows, Action<string, double> progress, CancellationToken cancellation)
    {
        try
        {
            foreach (Workload workload in Workloads.All)
            {
                progress(workload.Name, (double)rows.Count / Workloads.All.Count);
                Measurement mount = workload.Run(places.Mount, places.Plan, cancellation);
                Measurement? native = places.Native is { } place ? workload.Run(place, places.Plan, cancellation) : null;
                rows.Add(BenchRow.Judge(workload, mount, native));
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>A volume may be a device, and its directory then another file system than what it lies on.</summary>
    private static BenchPlace? TryMakeBeneath(MountEntry entry, string beneath, out string? reason)
    {
        if (!File.Exists(entry.Source) || File.GetAttributes(entry.Source).HasFlag(FileAttributes.Device))
        {
            reason = "the volume is not a file";
            return null;
        }

        return BenchPlace.TryMake(beneath, out reason);
    }

    private static double LoadNow() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static long FreeIn(string directory) => new DriveInfo(directory).AvailableFreeSpace;
}
