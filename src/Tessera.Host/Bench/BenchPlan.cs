using Tessera.Host.CommandLine;

namespace Tessera.Host.Bench;

/// <summary>How much a health check does: each workload ends at its bound of size or of time, whichever comes first.</summary>
/// <param name="FileBytes">The large file; a multiple of <see cref="ChunkBytes"/>.</param>
/// <param name="Files">Small files, each of <see cref="SmallBytes"/>.</param>
/// <param name="Appends">Appends with fsync.</param>
/// <param name="Limit">For one workload in one place.</param>
internal sealed record BenchPlan(long FileBytes, int Files, int Appends, TimeSpan Limit)
{
    public const int ChunkBytes = 1 << 20;
    public const int SmallBytes = 4096;

    /// <summary>A smaller file would be all in caches, and say nothing.</summary>
    private const long LeastFileBytes = 16L << 20;

    /// <summary>Of the free space, what a health check may take: nobody else shall run out of it meanwhile.</summary>
    private const int ShareOfFree = 4;

    private static readonly BenchPlan Quick = new(512L << 20, 10_000, 4_000, TimeSpan.FromSeconds(4));
    private static readonly BenchPlan Full = new(4L << 30, 80_000, 40_000, TimeSpan.FromSeconds(20));

    /// <summary>Bytes it takes at most, in each place.</summary>
    public long Bytes => FileBytes + ((long)Files * 2 * SmallBytes) + ((long)Appends * SmallBytes);

    /// <param name="full">Five minutes rather than one.</param>
    /// <param name="free">Bytes free in the volume, and beneath it for both places together.</param>
    /// <exception cref="CommandException"><see cref="ExitCode.NoSpace"/>.</exception>
    public static BenchPlan For(bool full, long free)
    {
        BenchPlan plan = full ? Full : Quick;
        while (plan.Bytes > free / ShareOfFree && plan.FileBytes > LeastFileBytes)
        {
            plan = plan with { FileBytes = plan.FileBytes / 2, Files = plan.Files / 2, Appends = plan.Appends / 2 };
        }

        return plan.Bytes <= free / ShareOfFree
            ? plan
            : throw new CommandException(
                ExitCode.NoSpace,
                $"Only {ByteSize.Format((ulong)free)} are free; a health check takes a quarter of that at most, and needs {ByteSize.Format((ulong)plan.Bytes)}.",
                "Make room, or look at what the mount does with 'tessera stats'.");
    }
}
