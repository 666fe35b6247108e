using Tessera.Container.Backup;
using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Container.Veiling;
using Tessera.Core;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>A local copy-on-write container as a volume's store (docs/format/container.md, docs/concurrency.md).</summary>
/// <remarks>Split by role: opening in <see cref="ContainerOpener"/>, commits and checkpoints in files of their own.</remarks>
public sealed partial class ContainerStore : IVolumeStore, ILogTarget
{
    private readonly IMedium medium;
    private readonly ContainerOptions options;
    private readonly SealingKeys keys;
    private readonly SpaceMap space;
    private readonly NodeCache cache;
    private readonly NodeReader nodes;
    private readonly NodeWriter nodeWriter;
    private readonly MapReader reader;
    private readonly BlockStore blocks;
    private readonly UnclaimedWriter writer;
    private readonly ChainStore chains;
    private readonly RootStore roots;
    private readonly PartSet? set;
    private readonly PacedMedium? pace;
    private readonly DecoyMedium? decoys;
    private readonly IMedium placing;
    private readonly RootMemory memory;
    private readonly Func<long> slotsComing;
    private volatile View view;
    private volatile Exception? fault;
    private bool closed;

    internal ContainerStore(ContainerParts parts, ContainerOptions options)
    {
        medium = parts.Medium;
        this.options = options;
        keys = parts.Keys;
        space = parts.Space;
        epochChanges = space.NewChanges();
        cache = parts.Cache;
        nodes = parts.Nodes;
        roots = parts.Roots;
        set = parts.Set;
        Header = parts.Header;
        memory = new RootMemory(options.Guard);
        pace = options.CoverRate == 0 || options.ReadOnly ? null : new PacedMedium(medium, space, options.CoverRate, TurnReadOnly);
        decoys = DecoyMedium.Of(parts, options, pace ?? medium);
        placing = decoys ?? pace ?? medium;
        logRoom = new LogRoom(Header.Profile == ContainerProfile.Scattered);
        chains = ReferenceEquals(placing, medium) ? parts.Chains : new ChainStore(placing, keys);
        nodeWriter = new NodeWriter(placing, keys, space, cache);
        reader = new MapReader(nodes);
        checks = new BatchChecks(reader);
        application = new BatchApplication(reader, unclaimed);
        blocks = new BlockStore(placing, keys, space);
        view = new View(new Memtable(), null, TreeRoot.Empty);
        flushTimeout = options.FlushInterval;
        slotsComing = () => GivenUpSlots;
        pins = new RootPins(space);
        writer = new UnclaimedWriter(blocks, unclaimed, () => Root.Generation + 1);
    }

    public ContainerHeader Header { get; }

    /// <summary>The root last written or found.</summary>
    public RootRecord Root { get; private set; } = null!;

    public int MaxBlockLength => blocks.MaxLength;

    /// <summary>Tree nodes kept in memory.</summary>
    public NodeCache NodeCache => cache;

    /// <summary>Figures for operators and tests.</summary>
    public ContainerCounters Counters => ContainerCounters.Of(log, logRoom.KeptPosition, view, keys.Counters, (decoys, pace, medium.Parity));

    /// <summary>Which volume key everything new is sealed under: 1 while it was never changed.</summary>
    public uint KeyEpoch => keys.KeyEpoch;

    /// <summary>Something may be sealed under an older key, which the container therefore keeps.</summary>
    public bool IsRotating => keys.OlderEpoch != 0 || keys.IsForgetting;

    public bool IsOutdated(BlockReference block) => keys.IsOlder(block.Session);

    public bool IsReadOnly => options.ReadOnly || fault is not null;

    /// <summary>Why the container turned read-only; null while it has not.</summary>
    public Exception? Fault => fault;

    /// <summary>Notes the newest durable root outside the volume, if it is later than what is remembered. From any thread.</summary>
    public void Remember() => memory.Remember();

    public ValueTask<StoreEntry> GetAsync(ReadOnlyMemory<byte> key, Memory<byte> destination) => new(Get(key.Span, destination.Span));

    public ValueTask ScanAsync(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, ScanPage page)
    {
        while (true)
        {
            View seen = view;
            try
            {
                page.Reset();
                reader.Scan(seen, from.Span.SequenceCompareTo(SpaceKeys.End) < 0 ? SpaceKeys.End : from.Span, to.Span, page);
                return ValueTask.CompletedTask;
            }
            catch (StoreDamageException) when (seen.Tree != view.Tree)
            {
                // The view grew old while we read it and its slots were reused: start again on the new one.
            }
        }
    }

    public ValueTask ReadBlockAsync(BlockReference block, int offset, Memory<byte> destination)
    {
        blocks.Read(block, offset, destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReadBlocksAsync(ReadOnlyMemory<BlockReference> run, Memory<byte> destination)
    {
        blocks.ReadRun(run.Span, destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask<BlockReference?> WriteBlockAsync(ReadOnlyMemory<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfZero(content.Length, nameof(content));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxBlockLength, nameof(content));
        BlockReference block = default;
        return new(WriteBlocks(content.Span, content.Length, new Span<BlockReference>(ref block)) == 1 ? block : null);
    }

    public ValueTask<int> WriteBlocksAsync(ReadOnlyMemory<byte> content, int bytesEach, Memory<BlockReference> blocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesEach);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytesEach, MaxBlockLength);
        return new(WriteBlocks(content.Span, bytesEach, blocks.Span));
    }

    public void DiscardBlock(BlockReference block) => writer.Discard(block);

    /// <summary>Too few slots are free, and not only too scattered: waiting may help, shorter blocks will not.</summary>
    private bool IsShortOf(int bytes) => space.FreeSlots - space.ReserveSlots < BlockStore.SlotsOf((uint)bytes);

    /// <summary>What was released and comes back with the next checkpoints counts as available already: whoever then asks for it waits for them.</summary>
    public StoreStatistics GetStatistics() => space.Summarize(slotsComing).ToStatistics(space.ReserveSlots, CheckpointNeed.Of(view) * space.NeedFactor, space.NeedFactor);

    /// <summary>Closes cleanly: everything committed is durable and in the tree.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closed)
        {
            return;
        }

        closed = true;
        StopBackground();
        pins.Lose();
        if (!IsReadOnly)
        {
            Checkpoint(clean: true);
        }

        await ValueTask.CompletedTask;
        memory.Remember();
        memory.End();
        decoys?.Dispose();
        pace?.Dispose();
        keys.Dispose();
        medium.Dispose();
    }

    /// <summary>Lets go of everything as the end of the process would: nothing more is written. For crash tests and for faults.</summary>
    public void Abandon()
    {
        closed = true;
        fault ??= new ObjectDisposedException(nameof(ContainerStore));
        StopBackground();
        memory.End();
        decoys?.Dispose();
        pace?.Dispose();
        keys.Dispose();
        medium.Dispose();
    }

    private int WriteBlocks(ReadOnlySpan<byte> content, int bytesEach, Span<BlockReference> written)
    {
        int done = 0;
        try
        {
            while (done < written.Length && !IsReadOnly)
            {
                ReadOnlySpan<byte> rest = content[(done * bytesEach)..];
                int more = writer.Write(rest, bytesEach, written[done..]);
                if (more == 0 && !TryWriteWaiting(rest[..Math.Min(bytesEach, rest.Length)], written.Slice(done, 1)))
                {
                    break;
                }

                done += Math.Max(more, 1);
            }

            return done;
        }
        catch (MediumException failure) when (failure.Fault == MediumFault.NoSpace)
        {
            return done; // A hole in the medium, and the host has nothing to fill it with.
        }
        catch (MediumException failure)
        {
            TurnReadOnly(failure);
            throw;
        }
    }

    /// <summary>A block for which there was no room: what is kept for others is given up for it, and what is about to come free waited for.</summary>
    private bool TryWriteWaiting(ReadOnlySpan<byte> content, Span<BlockReference> written)
    {
        bool done = IsShortOf(content.Length) && pins.TryLose() && writer.Write(content, content.Length, written) == 1;
        for (int i = 0; !done && i < CheckpointsForSpace && IsSpaceComing && IsShortOf(content.Length); i++)
        {
            AwaitCheckpoint();
            done = !IsReadOnly && writer.Write(content, content.Length, written) == 1;
        }

        return done;
    }

    private StoreEntry Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        while (true)
        {
            View seen = view;
            try
            {
                reader.TryGet(seen, key, destination, allowIo: true, out StoreEntry entry);
                return entry;
            }
            catch (StoreDamageException) when (seen.Tree != view.Tree)
            {
                // As in ScanAsync.
            }
        }
    }

    private void TurnReadOnly(Exception failure)
    {
        if (Interlocked.CompareExchange(ref fault, failure, null) is null)
        {
            bool isForeseen = failure is MediumException or SpaceExhaustedException or StoreDamageException;
            options.Report?.Invoke($"The volume turned read-only: {(isForeseen ? failure.Message : failure)}");
            NoteEnd();
            pace?.Halt();
        }
    }
}
