using System.Diagnostics;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Rotating;
using Tessera.Core;
using Tessera.Crypto;
using Tessera.Host.Copying;
using Tessera.Host.Opening;
using Tessera.Host.Serving;
using Tessera.Volumes;
using Tessera.Volumes.Checking;

namespace Tessera.Host.Rotating;

/// <summary>The re-sealing of a volume whose key slots open a new key (docs/format/keys.md, section 6.1, steps 3 to 5). Begun again after an interruption it goes on.</summary>
/// <param name="volume">Its path.</param>
/// <param name="key">The new key.</param>
/// <param name="rollback">What is done with an older volume than was seen here.</param>
internal sealed class RotateRun(string volume, SecretBytes key, RollbackPolicy rollback)
{
    /// <summary>What contents are of the whole; the rest is the tree.</summary>
    public const double ContentsPart = 0.9;

    /// <summary>How often the key slots are told how far it is.</summary>
    private static readonly TimeSpan s_noteEvery = TimeSpan.FromSeconds(30);

    private long noted = Stopwatch.GetTimestamp();

    /// <summary>Opens the volume for writing and closes it: one that has to be repaired first is not rotated; and once the key slots open the new key, the volume is of
    /// it after this, but for what it holds.</summary>
    /// <returns>Which key everything new is sealed under, and whether something is left under the one before.</returns>
    /// <exception cref="IOException">It does not open.</exception>
    public async Task<(uint KeyEpoch, bool IsRotating)> OpenOnceAsync()
    {
        await using ContainerStore store = OpenStore();
        return (store.KeyEpoch, store.IsRotating);
    }

    /// <param name="progress">Told how much is done, 0 to 1.</param>
    /// <param name="cancellation">Ends it; the next attempt goes on.</param>
    /// <exception cref="OperationCanceledException">It was interrupted. The volume is closed.</exception>
    /// <exception cref="IOException">The volume does not open, is damaged, or is full.</exception>
    public async Task<RotateFacts> RunAsync(Action<double> progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        double done = 0;
        await using ContainerStore store = OpenStore();
        try
        {
            ResealResult contents = store.IsRotating ? await ResealAsync(store, part => Tell(ContentsPart * part), cancellation) : new ResealResult(0, 0, HasRoom: true);
            if (!contents.HasRoom)
            {
                throw new MediumException(MediumFault.NoSpace, "The volume has no room for what has to be written anew. Delete something, and run the same command again: it goes on.");
            }

            RetirementResult nodes = await Task.Run(() => KeyRetirement.Run(store, OptionsFor(part => Tell(ContentsPart + ((1 - ContentsPart) * part)), cancellation)), CancellationToken.None);
            long damaged = nodes.OutdatedEntries + nodes.LostNodes;
            if (nodes.IsRetired)
            {
                RotationNoting.TryWrite(volume, store, KeyRotation.None, done: 0);
            }

            return new RotateFacts(store.KeyEpoch, nodes.IsRetired, contents.Bytes, nodes.Nodes, damaged, [], Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        finally
        {
            Note(store, done); // Of a rotation that is through there is nothing to note.
        }

        void Tell(double part)
        {
            done = part;
            progress(part);
            if (Stopwatch.GetElapsedTime(noted) > s_noteEvery)
            {
                Note(store, part);
            }
        }
    }

    /// <summary>Bytes of contents there may be, for progress: what is used, but for the log.</summary>
    public static double ContentsOf(ContainerStore store)
    {
        LogStart log = store.Root.Log;
        return Math.Max(1, (double)store.GetStatistics().UsedBytes - ((double)log.ExtentSlots * log.ExtentCount * Geometry.SlotSize));
    }

    private static RetirementOptions OptionsFor(Action<double> progress, CancellationToken cancellation) =>
        new() { Blocks = VolumeBlocks.TryReadBlock, Progress = progress, Cancellation = cancellation };

    private static async Task<ResealResult> ResealAsync(ContainerStore store, Action<double> progress, CancellationToken cancellation)
    {
        MemoryPlan memory = MemoryPlan.For(bytes: null);
        var options = new VolumeOptions
        {
            AccessTimes = AccessTimePolicy.Never,
            DirtyBytes = memory.DirtyBytes,
            BlockCacheBytes = memory.BlockCacheBytes,
            CachedInodes = memory.CachedInodes,
            CachedNames = memory.CachedInodes,
        };
        double expected = ContentsOf(store);
        Volume engine = await Volume.OpenAsync(store, options, SystemClock.Instance, new DamageWatch());
        try
        {
            return await engine.ResealAsync(new ResealOptions { Progress = bytes => progress(Math.Min(1, bytes / expected)), Cancellation = cancellation });
        }
        finally
        {
            await engine.CloseAsync();
        }
    }

    private ContainerStore OpenStore()
    {
        MemoryPlan memory = MemoryPlan.For(bytes: null);
        IHostMedium medium = HostMedium.Open(volume);
        return ContainerOpener.Open(
            medium,
            key.Span,
            rollback.ApplyTo(new ContainerOptions { Host = HostIdentity.Current, NodeCacheBytes = memory.NodeCacheBytes, TableBytes = memory.TableBytes }));
    }

    /// <summary>It is only told: who cannot write it now writes it the next time.</summary>
    private void Note(ContainerStore store, double done)
    {
        noted = Stopwatch.GetTimestamp();
        RotationNoting.TryWrite(volume, store, KeyRotation.Resealing, (int)(done * KeyHeader.WholeRotation));
    }
}
