using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Repairing;

/// <summary>Makes records anew for inodes whose record is lost and whose content is not: directories with entries, files with extents, links with targets.
/// Owner, mode and times are gone with the record: what is made belongs to root and to nobody else.</summary>
internal sealed class InodeRevival(IVolumeStore store, LostKeys lost, RepairJournal journal, RepairWalk walk)
{
    private const uint OwnerOnlyFile = ModeBits.Regular | 0x180;
    private const uint OwnerOnlyDirectory = ModeBits.Directory | 0x1C0;
    private const uint AnyLink = ModeBits.Symlink | 0x1FF;
    private readonly SortedDictionary<ulong, Remains> remains = [];
    private readonly byte[] key = new byte[VolumeKeys.InoLength];

    public async ValueTask RunAsync(long nowNs)
    {
        if (!lost.HasAny(KeyTag.Inode))
        {
            return;
        }

        await GatherAsync();
        foreach ((ulong ino, Remains left) in remains)
        {
            if (ModeOf(ino, left) is not { } mode)
            {
                continue;
            }

            FileFlusher.Put(journal.Batch, ino, new InodeRecord
            {
                Mode = mode,
                Links = ModeBits.IsDirectory(mode) ? 2 : 1,
                Length = left.Length,
                Parent = ino == FsLimits.RootInode ? ino : ModeBits.IsDirectory(mode) ? left.NamedIn : 0,
                Generation = 1,
                Change = 1,
                AccessNs = nowNs,
                ModifyNs = nowNs,
                ChangeNs = nowNs,
                BirthNs = nowNs,
            });
            string length = ModeBits.IsRegular(mode) ? $"; it has at least {left.Length} bytes, and may have had more" : string.Empty;
            journal.Lose(new VolumeLoss("inode-remade", ino, Path: null, $"Owner, mode, times and links of inode {ino} are lost: made anew for root alone{length}."));
            await journal.CommitSomeAsync();
        }

        await journal.CommitAsync();
    }

    /// <summary>A root directory for root alone.</summary>
    public static void PutRoot(RepairJournal journal, long nowNs)
    {
        FileFlusher.Put(journal.Batch, FsLimits.RootInode, new InodeRecord
        {
            Mode = OwnerOnlyDirectory,
            Links = 2,
            Parent = FsLimits.RootInode,
            Generation = 1,
            Change = 1,
            AccessNs = nowNs,
            ModifyNs = nowNs,
            ChangeNs = nowNs,
            BirthNs = nowNs,
        });
        journal.Lose(new VolumeLoss("inode-remade", FsLimits.RootInode, "/", "Owner, mode and times of the root directory are lost: made anew for root alone."));
    }

    private static uint? ModeOf(ulong ino, Remains left) =>
        ino == FsLimits.RootInode || left.HasEntries || left.IsNamedDirectory ? OwnerOnlyDirectory
        : left.HasTarget ? AnyLink
        : left.HasExtents ? OwnerOnlyFile
        : null;

    private async ValueTask GatherAsync()
    {
        if (await IsGoneAsync(FsLimits.RootInode))
        {
            remains[FsLimits.RootInode] = new Remains();
        }

        await foreach ((byte[] entry, byte[] value) in walk.OfAsync([(byte)KeyTag.Entry]))
        {
            if (entry.Length <= VolumeKeys.EntryPrefixLength)
            {
                continue;
            }

            ulong parent = VolumeKeys.InoOf(entry);
            if (await IsGoneAsync(parent))
            {
                Of(parent).HasEntries = true;
            }

            if (value.Length == EntryRecord.Size && await IsGoneAsync(EntryRecord.Decode(value).Ino))
            {
                EntryRecord record = EntryRecord.Decode(value);
                Of(record.Ino).NamedIn = parent;
                Of(record.Ino).IsNamedDirectory |= record.IsDirectory;
            }
        }

        await foreach ((byte[] extent, _) in walk.OfAsync([(byte)KeyTag.Extent]))
        {
            if (extent.Length == ContentKeys.ExtentLength && await IsGoneAsync(VolumeKeys.InoOf(extent)))
            {
                Remains left = Of(VolumeKeys.InoOf(extent));
                left.HasExtents = true;
                left.Length = Math.Max(left.Length, ContentKeys.EndOf(extent));
            }
        }

        await foreach ((byte[] target, byte[] value) in walk.OfAsync([(byte)KeyTag.Symlink]))
        {
            if (target.Length == VolumeKeys.InoLength && await IsGoneAsync(VolumeKeys.InoOf(target)))
            {
                Of(VolumeKeys.InoOf(target)).HasTarget = true;
                Of(VolumeKeys.InoOf(target)).Length = value.Length;
            }
        }
    }

    private Remains Of(ulong ino)
    {
        if (!remains.TryGetValue(ino, out Remains? left))
        {
            left = new Remains();
            remains.Add(ino, left);
        }

        return left;
    }

    private async ValueTask<bool> IsGoneAsync(ulong ino)
    {
        if (ino == 0 || !lost.HasInode(ino))
        {
            return false;
        }

        return remains.ContainsKey(ino) || !(await store.GetAsync(key.AsMemory(0, VolumeKeys.Inode(key, ino)), Memory<byte>.Empty)).Found;
    }

    /// <summary>What is left of an inode without a record.</summary>
    private sealed class Remains
    {
        public bool HasEntries { get; set; }

        public bool IsNamedDirectory { get; set; }

        public bool HasExtents { get; set; }

        public bool HasTarget { get; set; }

        public ulong NamedIn { get; set; }

        public long Length { get; set; }
    }
}
