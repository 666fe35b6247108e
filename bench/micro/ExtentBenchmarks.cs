using BenchmarkDotNet.Attributes;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.MicroBenchmarks;

/// <summary>Finding the extent of an offset, with its 64 bytes: in a row, where the next extents are known already, and by chance, where they are looked up.</summary>
public class ExtentBenchmarks
{
    private const ulong Ino = 77;
    private const int ExtentBytes = 64;
    private readonly Memory<byte> destination = new byte[ExtentBytes];
    private readonly byte[] content = new byte[ExtentBytes];
    private ContainerStore store = null!;
    private FileContent file = null!;
    private Random random = null!;
    private int next;

    [Params(1_000, 100_000)]
    public int Extents { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var medium = new MemoryMedium();
        byte[] key = new byte[UnitSealer.KeySize];
        ContainerFormatter.Format(medium, new FormatOptions { Profile = ContainerProfile.Sealed, Algorithm = SealAlgorithm.Aes256Gcm, Placement = PlacementKind.Local, VolumeId = Guid.NewGuid() }, key);
        store = ContainerOpener.Open(medium, key, new ContainerOptions { Background = false });
        Fill();
        store.Checkpoint();
        file = new FileContent(new ContentServices(store, ContentLimits.DefaultDirtyBytes, ContentLimits.DefaultBlockCacheBytes), Ino, new Lock());
        random = new Random(1);
        next = 0;
    }

    [GlobalCleanup]
    public void Cleanup() => store.DisposeAsync().AsTask().Wait();

    [Benchmark]
    public void InOrder()
    {
        Read(next);
        next = (next + 1) % Extents;
    }

    [Benchmark]
    public void AtRandom() => Read(random.Next(Extents));

    /// <summary>All in memory, so it is done when the call returns.</summary>
    private void Read(int extent)
    {
        if (!file.ReadAsync((long)extent * ExtentBytes, destination, ReadOrder.Random).IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("A read from memory had to wait.");
        }
    }

    private void Fill()
    {
        const int ExtentsEach = 1_000;
        var editor = new ExtentEditor(store, new BlockLocks());
        var batch = new StoreBatch();
        for (int done = 0; done < Extents;)
        {
            batch.Reset();
            editor.Begin(Ino, (long)done * ExtentBytes, batch);
            for (int end = Math.Min(done + ExtentsEach, Extents); done < end; done++)
            {
                Completed(editor.ReplaceAsync(NewExtent.InlineAt((long)done * ExtentBytes, content)));
            }

            Completed(editor.FinishAsync());
            if (Completed(store.CommitAsync(batch)).Status != CommitStatus.Committed)
            {
                throw new InvalidOperationException("The extents could not be made.");
            }

            editor.End();
        }
    }

    private static T Completed<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static void Completed(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
