using BenchmarkDotNet.Attributes;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Sealing;
using Tessera.Crypto;

namespace Tessera.MicroBenchmarks;

/// <summary>Sealing one record of the log and appending it, by the length of what was committed.</summary>
public class LogBenchmarks
{
    private const int ExtentSlots = 1024;
    private const int Extents = 8;
    private readonly byte[] key = new byte[TreeFixture.KeyLength];
    private readonly StagedCommits staged = new();
    private MemoryMedium medium = null!;
    private SealingKeys keys = null!;
    private LogWriter log = null!;

    [Params(120, 4_000, 32_000)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        const int Values = 8;
        medium = new MemoryMedium();
        keys = new SealingKeys(SealAlgorithm.Aes256Gcm, new byte[UnitSealer.KeySize], Guid.Empty);
        keys.BeginSession(1, new byte[SealingKeys.SaltLength]);
        ulong[] extents = [.. Enumerable.Range(0, Extents).Select(i => SlotAddress.Of(0, i * ExtentSlots))];
        log = new LogWriter(new LogRing(medium, extents, ExtentSlots), keys, new LogStart(0, 1, default, ExtentSlots, Extents), recordsTakeSlots: false);
        staged.Reset();
        staged.Begin(1);
        for (int i = 0; i < Values; i++)
        {
            TreeFixture.Key(i, key);
            staged.Put(key, new byte[Bytes / Values]);
        }

        staged.End();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        keys.Dispose();
        medium.Dispose();
    }

    [Benchmark]
    public void Append() => log.Append(staged, rootGeneration: 1);
}
