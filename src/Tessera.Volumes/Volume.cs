using Tessera.Content;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

/// <summary>A file system in a store: the engine behind every door (docs/concurrency-engine.md, docs/format/volume.md).</summary>
/// <remarks>Lock order, outermost first: a content's flush lock; the tree lock; entry locks by stripe; inode locks by number. Memory
/// locks (<see cref="Inode.Sync"/> and below it) are held for a few instructions and never across I/O.</remarks>
public sealed partial class Volume : IFileSystem
{
    private readonly VolumeParts parts;
    private readonly ContentServices services;
    private readonly CommitLog commits;
    private readonly InodeTable inodes;
    private readonly DirectoryStore directory;
    private readonly VolumeOptions options;
    private readonly EntryLocks entryLocks = new();
    private readonly AsyncReaderWriterLock treeLock = new();
    private readonly HandleTable handles = new();
    private readonly InodeNumbers numbers;
    private readonly XattrStore xattrs;
    private readonly OrphanCollector orphans;
    private readonly Packer packer;
    private readonly WriteBack writeBack;
    private readonly Truncator truncator;
    private readonly SpaceGuard space;
    private readonly DirectoryLister lister;
    private readonly PathFinder paths;

    private Volume(VolumeParts parts, ulong nextInode)
    {
        this.parts = parts;
        services = parts.Services;
        commits = parts.Commits;
        inodes = parts.Inodes;
        directory = parts.Directory;
        options = parts.Options;
        numbers = new InodeNumbers(commits, services.Scratch);
        numbers.Start(nextInode);
        xattrs = new XattrStore(services);
        orphans = new OrphanCollector(parts);
        packer = new Packer(parts);
        writeBack = new WriteBack(parts, packer);
        truncator = new Truncator(parts);
        space = new SpaceGuard(services.Store, services.Dirty);
        lister = new DirectoryLister(services, inodes);
        paths = new PathFinder(services, inodes);
    }

    /// <summary>Makes an empty volume in an empty store: its record and the root directory.</summary>
    /// <param name="store">The store; it stays the caller's.</param>
    /// <param name="clock">For the root's times.</param>
    /// <param name="owner">Who owns the root: its uid and gid.</param>
    /// <exception cref="VolumeFormatException">The store holds a volume already.</exception>
    /// <exception cref="IOException">The store refused.</exception>
    public static async ValueTask FormatAsync(IVolumeStore store, IClock clock, Caller owner)
    {
        long now = Nanoseconds.From(clock.Now);
        InodeRecord root = new()
        {
            Mode = ModeBits.Directory | 0x1ED,
            Uid = owner.Uid,
            Gid = owner.Gid,
            Links = 2,
            Parent = FsLimits.RootInode,
            Generation = 1,
            AccessNs = now,
            ModifyNs = now,
            ChangeNs = now,
            BirthNs = now,
        };
        VolumeRecord volume = new()
        {
            Format = VolumeRecord.CurrentFormat,
            NextInode = VolumeRecord.FirstInode,
            Inodes = 1,
            CreatedNs = now,
        };
        CommitResult result = await store.CommitAsync(FirstBatch(volume, root));
        if (result.Status == CommitStatus.CheckFailed)
        {
            throw new VolumeFormatException("The store holds a volume already.");
        }

        if (result.Status != CommitStatus.Committed)
        {
            throw new IOException($"The store refused the new volume: {result.Status}.");
        }

        await store.MakeDurableAsync(result.Sequence);
    }

    /// <summary>Opens the volume of a store that nobody else has open, and finishes what a crash left unfinished.</summary>
    /// <exception cref="VolumeFormatException">The store holds no volume, or one this program does not understand.</exception>
    public static async ValueTask<Volume> OpenAsync(IVolumeStore store, VolumeOptions options, IClock clock, IVolumeEvents? events = null)
    {
        VolumeRecord record = await ReadRecordAsync(store);
        if (record.Format != VolumeRecord.CurrentFormat || record.IncompatibleFeatures != 0)
        {
            throw new VolumeFormatException($"The volume has format {record.Format}, features {record.IncompatibleFeatures:x}; this program knows format {VolumeRecord.CurrentFormat}.");
        }

        if (record.ReadOnlyFeatures != 0 && !options.ReadOnly)
        {
            throw new VolumeFormatException($"The volume has features ({record.ReadOnlyFeatures:x}) that this program can only read: open it read-only.");
        }

        Volume volume = new(VolumeParts.Compose(store, options, clock, events ?? SilentEvents.Instance), record.NextInode);
        if (!options.ReadOnly)
        {
            await volume.RecoverAsync();
            if (options.BackgroundWriteBack)
            {
                volume.writeBack.Start();
            }
        }

        return volume;
    }

    /// <summary>Figures for operators and tests.</summary>
    public VolumeCounters Counters => new(
        services.Dirty.Used,
        services.Dirty.Peak,
        services.Dirty.Limit,
        inodes.Count,
        handles.Count,
        parts.Dirty.Count,
        orphans.Count,
        packer.UnsettledBytes);

    /// <summary>Writes back everything dirty now, whatever its age.</summary>
    public ValueTask WriteBackAsync() => writeBack.WriteOldAsync(long.MaxValue);

    /// <summary>Collects the orphans that nobody holds any more.</summary>
    public ValueTask CollectOrphansAsync() => orphans.CollectQueuedAsync();

    /// <summary>Completes when no file waits to be packed or compacted.</summary>
    public ValueTask PackAsync() => packer.DrainAsync();

    /// <summary>Ends the volume: writes back everything, collects every orphan, makes all durable. No call runs any more. The store stays open.</summary>
    /// <exception cref="IOException">Something could not be written; it is lost with this object.</exception>
    public async ValueTask CloseAsync()
    {
        await writeBack.DisposeAsync();
        await packer.DisposeAsync();
        await orphans.DisposeAsync();
        if (options.ReadOnly)
        {
            return;
        }

        await writeBack.WriteOldAsync(long.MaxValue);
        await orphans.CollectAllAsync();
        if (parts.Dirty.Count > 0)
        {
            throw new IOException("Some files could not be written back.");
        }

        await commits.MakeDurableAsync(commits.LastSequence);
    }

    private static StoreBatch FirstBatch(in VolumeRecord volume, in InodeRecord root)
    {
        StoreBatch batch = new();
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        Span<byte> value = stackalloc byte[VolumeRecord.Size];
        int length = VolumeKeys.Volume(key);
        volume.Encode(value);
        batch.CheckAbsent(key[..length]);
        batch.Put(key[..length], value);
        FileFlusher.Put(batch, FsLimits.RootInode, root);
        return batch;
    }

    private static async ValueTask<VolumeRecord> ReadRecordAsync(IVolumeStore store)
    {
        byte[] key = new byte[VolumeKeys.InoLength];
        byte[] value = new byte[StoreLimits.MaxValue];
        StoreEntry entry = await store.GetAsync(key.AsMemory(0, VolumeKeys.Volume(key)), value);
        return entry.Found ? VolumeRecord.Decode(value.AsSpan(0, entry.Length)) : throw new VolumeFormatException("The store holds no volume.");
    }

    /// <summary>Finishes interrupted truncations before anybody sees the files; leaves orphans and packing to the background.</summary>
    private async ValueTask RecoverAsync()
    {
        foreach ((ulong ino, byte mark) in await MarkedAsync(KeyTag.Orphan))
        {
            await RecoverAsync(ino, mark == OrphanCollector.TruncationMark);
        }

        foreach ((ulong ino, _) in await MarkedAsync(KeyTag.Unsettled))
        {
            if (await inodes.LoadAsync(ino) is { } inode)
            {
                packer.Consider(inode);
                inodes.Unpin(inode);
            }
        }
    }

    /// <summary>The inodes that have a key with the tag, and the first byte of its value.</summary>
    private async ValueTask<List<(ulong Ino, byte Mark)>> MarkedAsync(KeyTag tag)
    {
        List<(ulong Ino, byte Mark)> marked = [];
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = 1;
            scratch.Key[0] = (byte)tag;
            scratch.Key2[0] = (byte)((byte)tag + 1);
            do
            {
                await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, 1), scratch.Page);
                foreach (ScanPage.Entry entry in scratch.Page)
                {
                    marked.Add((VolumeKeys.InoOf(entry.Key), entry.Value.IsEmpty ? (byte)0 : entry.Value[0]));
                }

                scratch.Page.LastKey.CopyTo(scratch.Key);
                length = scratch.Page.LastKey.Length;
                scratch.Key[length++] = 0;
            }
            while (!scratch.Page.Complete);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }

        return marked;
    }

    private async ValueTask RecoverAsync(ulong ino, bool truncation)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            parts.Events.BackgroundFault("recovery", $"Inode {ino} is marked and does not exist.");
            return;
        }

        try
        {
            if (!truncation)
            {
                orphans.Add(inode);
                return;
            }

            FsError error = await truncator.ResumeAsync(inode);
            if (error != FsError.None)
            {
                throw new IOException($"A truncation of inode {ino} could not be finished: {error}.");
            }
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }

    private long Now() => Nanoseconds.From(parts.Clock.Now);

    private FileContent ContentOf(Inode inode)
    {
        lock (inode.Sync)
        {
            return inode.Content ??= new FileContent(services, inode.Ino, inode.Sync);
        }
    }

    private static FsError CheckName(ReadOnlyMemory<byte> name) =>
        name.Length > FsLimits.MaxName ? FsError.NameTooLong
        : name.IsEmpty || name.Span.IndexOfAny((byte)'/', (byte)0) >= 0 ? FsError.InvalidArgument
        : FsError.None;

    private static bool IsDotOrDotDot(ReadOnlySpan<byte> name) => name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);

    /// <summary>Whether the caller may use the directory as the mask says.</summary>
    private static FsError CheckDirectory(in Caller caller, Inode inode, int mask)
    {
        lock (inode.Sync)
        {
            return inode.Record.IsDirectory ? Permissions.Check(caller, inode.Record, mask) : FsError.NotDirectory;
        }
    }
}
