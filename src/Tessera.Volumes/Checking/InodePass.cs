using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Checking;

/// <summary>The inodes' records: decodes each and keeps what later passes compare.</summary>
internal sealed class InodePass(InodeIndex inodes, FindingLog log) : IKeyVisitor
{
    private const InodeMarks KnownMarks =
        InodeMarks.HasXattrs | InodeMarks.HasCapability | InodeMarks.Unsettled | InodeMarks.HasAccessAcl | InodeMarks.HasDefaultAcl;

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != VolumeKeys.InoLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"An inode's key has {key.Length} bytes.");
            return;
        }

        ulong ino = VolumeKeys.InoOf(key);
        if (ino != FsLimits.RootInode && ino < VolumeRecord.FirstInode)
        {
            log.Add(FindingKinds.InodeNumberReserved, ino, $"Inode {ino} has a number below {VolumeRecord.FirstInode}.");
        }

        inodes.Add(Facts(ino, value));
    }

    public void Finish()
    {
        int root = inodes.Find(FsLimits.RootInode);
        if (root < 0 || (!inodes[root].IsMalformed && !inodes[root].IsDirectory))
        {
            log.Add(FindingKinds.RootMissing, FsLimits.RootInode, "There is no root directory.");
        }
    }

    private InodeFacts Facts(ulong ino, ReadOnlySpan<byte> value)
    {
        InodeRecord record;
        try
        {
            record = InodeRecord.Decode(value);
        }
        catch (StoreDamageException)
        {
            return Malformed(ino, $"The record of inode {ino} does not decode.");
        }

        string? fault = FaultOf(record);
        return fault is not null ? Malformed(ino, $"The record of inode {ino} has {fault}.") : new InodeFacts
        {
            Ino = ino,
            Type = Namespace.EntryRecord.TypeOf(record.Mode),
            Marks = record.Marks,
            Links = (uint)record.Links,
            Length = record.Length,
            Parent = record.Parent,
            LiveBytes = record.LiveBytes,
            BlockBytes = record.BlockBytes,
            InlineBytes = record.InlineBytes,
        };
    }

    private InodeFacts Malformed(ulong ino, string what)
    {
        log.Add(FindingKinds.InodeMalformed, ino, what);
        return new InodeFacts { Ino = ino, Traits = InodeTraits.Malformed };
    }

    /// <summary>What no inode's record can say; null when there is nothing.</summary>
    internal static string? FaultOf(in InodeRecord record) =>
        !IsType(record.Mode) ? $"the mode {record.Mode:x}"
        : record.Links is < 0 or > uint.MaxValue ? $"{record.Links} links"
        : record.Length < 0 ? $"the length {record.Length}"
        : (record.Marks & ~KnownMarks) != InodeMarks.None ? $"the marks {(int)record.Marks:x}"
        : null;

    private static bool IsType(uint mode) => (mode & ~ModeBits.PermissionMask) is ModeBits.Regular or ModeBits.Directory or ModeBits.Symlink
        or ModeBits.Fifo or ModeBits.Socket or ModeBits.CharacterDevice or ModeBits.BlockDevice;
}
