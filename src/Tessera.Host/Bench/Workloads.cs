namespace Tessera.Host.Bench;

/// <summary>The rows of the health check, in their order: later ones use the files that earlier ones made.</summary>
internal static class Workloads
{
    private const double MiB = 1 << 20;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("sequential write", BenchUnit.Bytes, GoodShare: 0.4, ReferencePerSecond: 500 * MiB)
        {
            Advice = "look at 'disk write' and at CPU use in 'tessera stats': sealing takes one core about 1 ms for 4 MiB",
            Run = LargeFile.Write,
        },
        new("sequential read", BenchUnit.Bytes, GoodShare: 0.2, ReferencePerSecond: 1000 * MiB)
        {
            Advice = "look at 'disk read' in 'tessera stats'; --memory too small leaves no room to read ahead",
            Run = LargeFile.Read,
        },
        new("random 4 KiB read", BenchUnit.Calls, GoodShare: 0.2, ReferencePerSecond: 10_000)
        {
            Advice = "look at 'disk read' and at the hit rate of tree nodes in 'tessera stats'; a larger --memory keeps more of the tree",
            Run = LargeFile.ReadAtRandom,
        },
        new("random 4 KiB write", BenchUnit.Calls, GoodShare: 0.12, ReferencePerSecond: 50_000)
        {
            Advice = "look at 'to be written' in 'tessera stats': at its bound, writers wait for the disk",
            Run = LargeFile.WriteAtRandom,
        },
        new("append 4 KiB + fsync", BenchUnit.Calls, GoodShare: 0.15, ReferencePerSecond: 1_000)
        {
            Advice = "look at 'disk durable write' and 'disk flush' in 'tessera stats': it is they that an fsync waits for",
            Run = LargeFile.Append,
        },
        new("create 4 KiB file", BenchUnit.Calls, GoodShare: 0.25, ReferencePerSecond: 10_000)
        {
            Advice = "look at 'create' and 'flush', and at log records, in 'tessera stats'; 'checkpoints' more than one a second mean a log that fills up",
            Run = SmallFiles.Create,
        },
        new("stat", BenchUnit.Calls, GoodShare: 0.3, ReferencePerSecond: 200_000)
        {
            Advice = "look at 'lookup' and 'get attributes' in 'tessera stats': the kernel should answer most by itself",
            Run = SmallFiles.Stat,
        },
        new("list with sizes", BenchUnit.Calls, GoodShare: 0.2, ReferencePerSecond: 200_000)
        {
            Advice = "look at 'read directory' and at the hit rate of tree nodes in 'tessera stats'",
            Run = SmallFiles.List,
        },
        new("delete", BenchUnit.Calls, GoodShare: 0.25, ReferencePerSecond: 10_000)
        {
            Advice = "look at 'unlink' and at inodes 'to be deleted' in 'tessera stats'",
            Run = SmallFiles.Delete,
        },
    ];
}
