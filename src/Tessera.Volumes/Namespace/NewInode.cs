using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>An inode about to be made, with all that one commit stores of it.</summary>
/// <param name="Record">Its record; without links when the directory it was to be made in is gone.</param>
/// <param name="Target">Of a symbolic link.</param>
internal readonly record struct NewInode(InodeRecord Record, ReadOnlyMemory<byte> Target)
{
    /// <summary>The access list that comes from its directory; null when the mode says it all.</summary>
    public byte[]? AccessAcl { get; init; }

    /// <summary>The default list that a directory hands on.</summary>
    public byte[]? DefaultAcl { get; init; }

    /// <summary>Appends all of it; the record as it is stored.</summary>
    public InodeRecord AppendTo(StoreBatch batch, ulong ino)
    {
        InodeRecord stored = Record;
        if (AccessAcl is not null)
        {
            AclStore.Put(batch, ino, AclKind.Access, AccessAcl, ref stored);
        }

        if (DefaultAcl is not null)
        {
            AclStore.Put(batch, ino, AclKind.Default, DefaultAcl, ref stored);
        }

        FileFlusher.Put(batch, ino, stored);
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        if (!Target.IsEmpty)
        {
            VolumeKeys.Symlink(key, ino);
            batch.Put(key, Target.Span);
        }

        batch.Add(key[..VolumeKeys.Volume(key)], VolumeRecord.InodesOffset, 1);
        return stored;
    }
}
