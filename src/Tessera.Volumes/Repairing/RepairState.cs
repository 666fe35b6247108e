using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;

namespace Tessera.Volumes.Repairing;

/// <summary>What the passes of a repair share.</summary>
internal sealed class RepairState
{
    public required IVolumeStore Store { get; init; }

    public required LostKeys Lost { get; init; }

    public required RepairJournal Journal { get; init; }

    public required RepairWalk Walk { get; init; }

    /// <summary>Inodes with a record that makes sense; what passes learn of each is in its facts.</summary>
    public InodeIndex Inodes { get; } = new();

    /// <summary>Of each inode, by index: what its entries or extents come to.</summary>
    public List<InodeSums> Sums { get; } = [];

    public BlockUses Uses { get; } = new();

    /// <summary>Blocks whose extents were dropped: they go when no other names them.</summary>
    public Dictionary<ulong, BlockReference> Dropped { get; } = [];

    /// <summary>Ranges of files that lie between extents, where extents are lost.</summary>
    public List<(ulong Ino, long Start, long End)> Gaps { get; } = [];

    /// <summary>The volume's record, as it is to be.</summary>
    public VolumeRecord Volume { get; set; }

    public long NowNs { get; init; }

    /// <summary>A new inode number, never used before.</summary>
    public ulong TakeInode()
    {
        VolumeRecord volume = Volume;
        ulong ino = volume.NextInode++;
        Volume = volume;
        return ino;
    }

    public static byte[] Key(Func<byte[], int> build)
    {
        byte[] key = new byte[StoreLimits.MaxKey];
        return key[..build(key)];
    }

    public void Drop(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (VolumeBlocks.TryReadBlock(key, value, out BlockReference block))
        {
            Dropped.TryAdd(block.Address, block);
        }

        Journal.Delete(key);
    }

    public void PutLost(ulong ino, long start, long end)
    {
        Span<byte> value = stackalloc byte[Extent.LostValueLength];
        Span<byte> key = stackalloc byte[ContentKeys.ExtentLength];
        for (long at = start; at < end; at += Extent.MaxLost)
        {
            var lost = new Extent { Start = at, End = Math.Min(end, at + Extent.MaxLost), Kind = ExtentKind.Lost };
            lost.EncodeLost(value);
            ContentKeys.Extent(key, ino, lost.End);
            Journal.Put(key, value);
        }

        Journal.Lose(new VolumeLoss("bytes-lost", ino, Path: null, $"Bytes {start} to {end - 1} of inode {ino} are lost: reading them fails until they are written anew.", start, end));
    }
}
