using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

/// <summary>A file system in a store: the engine behind every door (docs/concurrency-engine.md, docs/format/volume.md).</summary>
/// <remarks>
/// <para>This part opens and closes; <c>Volume.Operations.cs</c> says which part does which operation.</para>
/// <para>Lock order, outermost first: a content's flush lock; the tree lock; entry locks by stripe; inode locks by number; shared blocks by stripe. Memory
/// locks (<see cref="Inode.Sync"/> and below it) are held for a few instructions and never across I/O.</para>
/// </remarks>
public sealed partial class Volume : IFileSystem
{
    private readonly VolumeParts parts;
    private readonly HandleTable handles = new();
    private readonly NameGate gate;
    private readonly NameFinder finder;
    private readonly NodeMaker maker;
    private readonly Linker linker;
    private readonly Remover remover;
    private readonly Renamer renamer;
    private readonly DirectoryLister lister;
    private readonly AttributeEditor attributes;
    private readonly XattrEditor xattrs;
    private readonly AclEditor acls;
    private readonly FileOpener opener;
    private readonly FileReader reader;
    private readonly FileWriter writer;
    private readonly RangeEditor ranges;
    private readonly RangeCopier copier;
    private readonly FileSyncer syncer;
    private readonly AccessTimes accessTimes;
    private readonly OrphanCollector orphans;
    private readonly Packer packer;
    private readonly Reshuffler reshuffler;
    private readonly WriteBack writeBack;
    private readonly VolumeRecovery recovery;

    private Volume(VolumeParts parts, ulong nextInode)
    {
        this.parts = parts;
        orphans = new OrphanCollector(parts);
        packer = new Packer(parts);
        reshuffler = new Reshuffler(parts, packer, nextInode);
        writeBack = new WriteBack(parts, packer, reshuffler);
        accessTimes = new AccessTimes(parts);
        Truncator truncator = new(parts);
        recovery = new VolumeRecovery(parts, truncator, orphans, packer);

        gate = new NameGate(parts);
        finder = new NameFinder(parts, gate);
        maker = new NodeMaker(parts, gate, new InodeNumbers(parts.Commits, parts.Services.Scratch, nextInode));
        linker = new Linker(parts, gate, orphans);
        remover = new Remover(parts, gate, orphans);
        renamer = new Renamer(parts, gate, orphans, maker);
        lister = new DirectoryLister(parts.Services, parts.Inodes);

        xattrs = new XattrEditor(parts);
        acls = new AclEditor(parts, xattrs);
        attributes = new AttributeEditor(parts, handles, truncator, xattrs);
        opener = new FileOpener(parts, handles, attributes, orphans);
        syncer = new FileSyncer(parts, handles, packer);
        reader = new FileReader(parts, handles, accessTimes);
        ranges = new RangeEditor(parts, handles, truncator, orphans);
        copier = new RangeCopier(parts, handles, accessTimes, packer, xattrs);
        writer = new FileWriter(parts, handles, writeBack, syncer, xattrs, orphans);
    }

    /// <summary>Makes an empty volume in an empty store: its record and the root directory.</summary>
    /// <param name="store">The store; it stays the caller's.</param>
    /// <param name="clock">For the root's times.</param>
    /// <param name="owner">Who owns the root: its uid and gid.</param>
    /// <exception cref="VolumeFormatException">The store holds a volume already.</exception>
    /// <exception cref="IOException">The store refused.</exception>
    public static ValueTask FormatAsync(IVolumeStore store, IClock clock, Caller owner) => VolumeFormatter.FormatAsync(store, clock, owner);

    /// <summary>Opens the volume of a store that nobody else has open, and finishes what a crash left unfinished.</summary>
    /// <exception cref="VolumeFormatException">The store holds no volume, or one this program does not understand.</exception>
    public static async ValueTask<Volume> OpenAsync(IVolumeStore store, VolumeOptions options, IClock clock, IVolumeEvents? events = null)
    {
        VolumeRecord record = await VolumeFormatter.ReadRecordAsync(store);
        VolumeFormatter.CheckFeatures(record, options.ReadOnly);
        Volume volume = new(VolumeParts.Compose(store, options, clock, events ?? SilentEvents.Instance), record.NextInode);
        if (!options.ReadOnly)
        {
            await volume.recovery.RecoverAsync();
            if (options.BackgroundWriteBack)
            {
                volume.writeBack.Start();
            }
        }

        return volume;
    }

    /// <summary>Figures for operators and tests.</summary>
    public VolumeCounters Counters => new(
        parts.Services.Dirty.Used,
        parts.Services.Dirty.Peak,
        parts.Services.Dirty.Limit,
        parts.Inodes.Count,
        handles.Count,
        parts.Dirty.Count,
        orphans.Count,
        packer.UnsettledBytes,
        reshuffler.MovedBytes);

    /// <summary>The caches of a volume.</summary>
    public VolumeCaches Caches => new(parts.Services.Blocks.Counters, parts.Directory.Names, parts.Inodes.Counters);

    /// <summary>Writes back everything dirty now, whatever its age.</summary>
    public ValueTask WriteBackAsync() => writeBack.WriteOldAsync(long.MaxValue);

    /// <summary>Collects the orphans that nobody holds any more.</summary>
    public ValueTask CollectOrphansAsync() => orphans.CollectQueuedAsync();

    /// <summary>Completes when no file waits to be packed or compacted.</summary>
    public ValueTask PackAsync() => packer.DrainAsync();

    /// <summary>Moves as much as what was written since the last call has earned.</summary>
    public ValueTask ReshuffleAsync()
    {
        reshuffler.Earn();
        return reshuffler.DrainAsync();
    }

    /// <summary>Writes every content anew that is sealed under a key which the store gives up, while the volume is used or not. What is changed meanwhile may be left
    /// for another time.</summary>
    /// <param name="options">Progress and pace.</param>
    /// <exception cref="OperationCanceledException">The caller wanted no more.</exception>
    /// <exception cref="IOException">The store failed, or is damaged.</exception>
    public ValueTask<ResealResult> ResealAsync(ResealOptions options) => new Resealer(parts, packer, options).RunAsync();

    /// <summary>Ends the volume: writes back everything, collects every orphan, makes all durable. No call runs any more. The store stays
    /// open.</summary>
    /// <exception cref="IOException">Something could not be written; it is lost with this object.</exception>
    public async ValueTask CloseAsync()
    {
        await writeBack.DisposeAsync();
        await reshuffler.DisposeAsync();
        await packer.DisposeAsync();
        await orphans.DisposeAsync();
        if (parts.Options.ReadOnly)
        {
            return;
        }

        await writeBack.WriteOldAsync(long.MaxValue);
        await orphans.CollectAllAsync();
        if (parts.Dirty.Count > 0)
        {
            throw new IOException("Some files could not be written back.");
        }

        await parts.Commits.MakeDurableAsync(parts.Commits.LastSequence);
    }
}
