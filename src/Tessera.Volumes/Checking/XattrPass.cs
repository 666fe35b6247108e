using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Checking;

/// <summary>Extended attributes: each value whole, each of an inode that knows of them.</summary>
internal sealed class XattrPass(InodeIndex inodes, FindingLog log) : IKeyVisitor
{
    private const int HeaderLength = 4;

    /// <summary>The zero byte and the chunk's number.</summary>
    private const int SuffixLength = 2;
    private readonly byte[] attribute = new byte[StoreLimits.MaxKey];
    private int attributeLength;
    private ulong ino;
    private int index = -1;
    private int chunks;
    private long expected;
    private long seen;
    private bool isWhole;

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length <= VolumeKeys.InoLength + SuffixLength || key[^SuffixLength] != 0)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"An extended attribute's key of {key.Length} bytes has no name or no chunk.");
            return;
        }

        ReadOnlySpan<byte> named = key[..^1];
        if (!named.SequenceEqual(attribute.AsSpan(0, attributeLength)))
        {
            Leave();
            Enter(named, VolumeKeys.InoOf(key), value);
        }

        int header = chunks == 0 ? HeaderLength : 0;
        bool isNext = key[^1] == chunks && value.Length >= header && value.Length - header <= VolumeLimits.XattrChunk;
        bool isNeeded = chunks == 0 || seen < expected;
        bool wasFull = seen == (long)chunks * VolumeLimits.XattrChunk;
        isWhole &= isNext && isNeeded && wasFull;
        seen += Math.Max(0, value.Length - header);
        chunks++;
    }

    public void Finish() => Leave();

    private void Enter(ReadOnlySpan<byte> named, ulong owner, ReadOnlySpan<byte> value)
    {
        if (owner != ino)
        {
            ino = owner;
            index = inodes.Find(owner);
            CheckOwner();
        }

        named.CopyTo(attribute);
        attributeLength = named.Length;
        chunks = 0;
        seen = 0;
        expected = value.Length >= HeaderLength ? BinaryPrimitives.ReadUInt32LittleEndian(value) : 0;
        ReadOnlySpan<byte> name = named[VolumeKeys.InoLength..^1];
        isWhole = expected <= FsLimits.MaxXattrValue && name.Length <= FsLimits.MaxXattrName && !name.Contains((byte)0);
        if (index >= 0 && name.SequenceEqual("security.capability"u8))
        {
            inodes[index].Traits |= InodeTraits.HasCapability;
        }

        if (index >= 0 && AclStore.KindOf(name) is { } kind)
        {
            inodes[index].Traits |= kind == AclKind.Access ? InodeTraits.HasAccessAcl : InodeTraits.HasDefaultAcl;
            CheckAcl(kind, value);
        }
    }

    /// <summary>A list is in one chunk, and valid.</summary>
    private void CheckAcl(AclKind kind, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> list = value.Length > HeaderLength ? value[HeaderLength..] : default;
        if (list.Length != expected || Acl.IsEmpty(list) || Acl.Check(list) != FsError.None)
        {
            log.Add(FindingKinds.AclMalformed, ino, $"The {(kind == AclKind.Access ? "access" : "default")} control list of inode {ino} is none.");
        }
    }

    private void CheckOwner()
    {
        if (index < 0)
        {
            log.Add(FindingKinds.XattrWithoutInode, ino, $"There are extended attributes of inode {ino}, which does not exist.");
        }
        else if (!inodes[index].IsMalformed && !inodes[index].Marks.HasFlag(InodeMarks.HasXattrs))
        {
            log.Add(FindingKinds.XattrMarkMissing, ino, $"Inode {ino} has extended attributes and no mark that says so.");
        }
    }

    private void Leave()
    {
        bool isJudged = attributeLength > 0 && index >= 0 && !inodes[index].IsDeleting;
        if (isJudged && !(isWhole && seen == expected))
        {
            string name = ShownName.Of(attribute.AsSpan(VolumeKeys.InoLength..(attributeLength - 1)));
            log.Add(FindingKinds.XattrIncomplete, ino, $"The extended attribute '{name}' of inode {ino} has {seen} of {expected} bytes, or pieces out of order.");
        }
    }
}
