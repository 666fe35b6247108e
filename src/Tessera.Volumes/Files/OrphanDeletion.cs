using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>What deletes an inode without links.</summary>
internal static class OrphanDeletion
{
    /// <summary>All that is under the inode's own number, its extents and attributes being gone.</summary>
    public static void AppendTo(StoreBatch batch, Inode inode)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Inode(key, inode.Ino);
        batch.Delete(key);
        VolumeKeys.Orphan(key, inode.Ino);
        batch.Delete(key);
        if (inode.IsTruncating)
        {
            VolumeKeys.Truncation(key, inode.Ino);
            batch.Delete(key);
        }

        if (ModeBits.IsSymlink(inode.Record.Mode))
        {
            VolumeKeys.Symlink(key, inode.Ino);
            batch.Delete(key);
        }

        if (inode.Record.Marks.HasFlag(InodeMarks.Unsettled))
        {
            VolumeKeys.Unsettled(key, inode.Ino);
            batch.Delete(key);
        }

        int length = VolumeKeys.Volume(key);
        batch.Add(key[..length], VolumeRecord.InodesOffset, -1);
    }
}
