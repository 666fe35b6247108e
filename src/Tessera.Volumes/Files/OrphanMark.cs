using Tessera.Core.Stores;

namespace Tessera.Volumes.Files;

/// <summary>The key that stands for an inode without links (docs/format/volume.md, Marks).</summary>
internal static class OrphanMark
{
    public static void Put(StoreBatch batch, ulong ino)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Orphan(key, ino);
        batch.Put(key, default);
    }

    public static void Delete(StoreBatch batch, ulong ino)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Orphan(key, ino);
        batch.Delete(key);
    }
}
