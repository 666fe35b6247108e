using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes;

/// <summary>Makes volumes, and tells whether a store holds one that this program understands.</summary>
internal static class VolumeFormatter
{
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

    /// <summary>The volume's record.</summary>
    /// <exception cref="VolumeFormatException">There is none.</exception>
    public static async ValueTask<VolumeRecord> ReadRecordAsync(IVolumeStore store)
    {
        byte[] key = new byte[VolumeKeys.InoLength];
        byte[] value = new byte[StoreLimits.MaxValue];
        StoreEntry entry = await store.GetAsync(key.AsMemory(0, VolumeKeys.Volume(key)), value);
        return entry.Found ? VolumeRecord.Decode(value.AsSpan(0, entry.Length)) : throw new VolumeFormatException("The store holds no volume.");
    }

    /// <exception cref="VolumeFormatException">The volume must not be opened so.</exception>
    public static void CheckFeatures(in VolumeRecord record, bool readOnly)
    {
        if (record.Format != VolumeRecord.CurrentFormat || record.IncompatibleFeatures != 0)
        {
            throw new VolumeFormatException($"The volume has format {record.Format}, features {record.IncompatibleFeatures:x}; this program knows format {VolumeRecord.CurrentFormat}.");
        }

        if (record.ReadOnlyFeatures != 0 && !readOnly)
        {
            throw new VolumeFormatException($"The volume has features ({record.ReadOnlyFeatures:x}) that this program can only read: open it read-only.");
        }
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
}
