using Tessera.Content;
using Tessera.Core;
using Tessera.Core.Stores;
using Tessera.Volumes.Damage;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Repairing;

/// <summary>Brings the logic of a volume in order after its store has lost keys or blocks, and tells exactly what is gone (docs/guide/checking.md, Repair).</summary>
/// <remarks>Each step is a batch of its own and ends in the same state when it is done again: a repair that is cut short is run anew. Memory: as a check, and 32
/// bytes more for each inode.</remarks>
public static class VolumeRepair
{
    /// <param name="store">Open for writing; nobody else uses it.</param>
    /// <param name="lost">Keys that the store has lost.</param>
    /// <param name="clock">For what is made anew.</param>
    /// <param name="tick">Called now and then, so that progress can be shown.</param>
    /// <param name="cancellation">Ends it; it is to be run again.</param>
    /// <exception cref="VolumeFormatException">A newer program wrote the volume; nothing was changed.</exception>
    /// <exception cref="IOException">The store failed, or has no room.</exception>
    public static async ValueTask<VolumeRepairReport> RunAsync(
        IVolumeStore store, IReadOnlyList<KeyRange> lost, IClock clock, Action tick, CancellationToken cancellation)
    {
        var journal = new RepairJournal(store);
        var walk = new RepairWalk(store, journal, cancellation);
        var state = new RepairState
        {
            Store = store,
            Lost = new LostKeys(lost),
            Journal = journal,
            Walk = walk,
            NowNs = Nanoseconds.From(clock.Now),
        };
        await RefuseNewerAsync(store);
        await new InodeRevival(store, state.Lost, journal, walk).RunAsync(state.NowNs);
        await new InodeLoading(state).RunAsync();
        await new UnknownRepair(state).RunAsync();
        await new AccessLogRepair(state).RunAsync();
        await new NameRepair(state).RunAsync();
        var xattrs = new XattrRepair(state);
        await xattrs.RunAsync();
        await new ExtentRepair(state).RunAsync();
        await new BlockRepair(state).RunAsync();
        await new InodeWriting(state, xattrs.Owners).RunAsync();
        await new ContentRepair(state).RunAsync(tick);
        return new VolumeRepairReport { Losses = await NamedAsync(store, journal.Losses, tick), Mended = journal.Mended };
    }

    /// <summary>What a newer program has written this one would take for damage.</summary>
    private static async ValueTask RefuseNewerAsync(IVolumeStore store)
    {
        byte[] value = new byte[VolumeRecord.Size];
        StoreEntry entry = await store.GetAsync(new[] { (byte)KeyTag.Volume }, value);
        if (entry.Found && entry.Length == VolumeRecord.Size)
        {
            VolumeFormatter.CheckFeatures(VolumeRecord.Decode(value), readOnly: false);
        }
    }

    private static async ValueTask<IReadOnlyList<VolumeLoss>> NamedAsync(IVolumeStore store, IReadOnlyList<VolumeLoss> losses, Action tick)
    {
        var locator = new DamageLocator(store, tick);
        Dictionary<ulong, string> paths = await locator.PathsAsync(losses.Where(loss => loss.Ino != 0 && loss.Path is null).Select(loss => loss.Ino).ToHashSet());
        return [.. losses.Select(loss => loss.Path is null ? loss with { Path = paths.GetValueOrDefault(loss.Ino) } : loss)];
    }
}
