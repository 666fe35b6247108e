namespace Tessera.Host.Bench;

/// <summary>One workload as it was measured and judged.</summary>
/// <param name="Name">The workload.</param>
/// <param name="Unit">Of the speeds, each second: "bytes" or "calls".</param>
/// <param name="Mount">In the mount.</param>
/// <param name="Native">In the file system beneath; null where it cannot be written to.</param>
/// <param name="ReferencePerSecond">What it was judged against: the native speed, else what an ordinary disk reaches.</param>
/// <param name="Share">The mount's speed as a part of that.</param>
/// <param name="GoodShare">From which share on it is good.</param>
/// <param name="Good">The verdict.</param>
/// <param name="Advice">What to look at; null when it is good.</param>
internal sealed record BenchRow(
    string Name, BenchUnit Unit, Measurement Mount, Measurement? Native, double ReferencePerSecond, double Share, double GoodShare, bool Good, string? Advice)
{
    public static BenchRow Judge(Workload workload, Measurement mount, Measurement? native)
    {
        double reference = native?.PerSecond ?? workload.ReferencePerSecond;
        double share = mount.PerSecond / Math.Max(reference, 1e-9);
        bool good = share >= workload.GoodShare;
        return new BenchRow(workload.Name, workload.Unit, mount, native, reference, share, workload.GoodShare, good, good ? null : workload.Advice);
    }
}
