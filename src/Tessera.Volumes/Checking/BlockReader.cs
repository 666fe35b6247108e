using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Reads the blocks that a page of extents was the first to name, each wholly, so that the store authenticates every byte.</summary>
internal sealed class BlockReader(IVolumeStore store, FindingLog log, CancellationToken cancellation)
{
    private readonly byte[] buffer = new byte[store.MaxBlockLength];
    private readonly List<(BlockReference Block, ulong Ino, long Start)> waiting = [];

    /// <summary>Bytes read and authentic.</summary>
    public long Bytes { get; private set; }

    /// <summary>Queues a block; there are no more than extents in a page of keys.</summary>
    public void Queue(in BlockReference block, ulong ino, long start) => waiting.Add((block, ino, start));

    public async ValueTask ReadAsync()
    {
        foreach ((BlockReference block, ulong ino, long start) in waiting)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await store.ReadBlockAsync(block, 0, buffer.AsMemory(0, (int)block.Length));
                Bytes += block.Length;
            }
            catch (StoreDamageException damage)
            {
                string what = $"The block at {block.Address:x} with bytes of inode {ino} from {start} on cannot be read: {damage.Message}";
                log.Add(FindingKinds.BlockUnreadable, ino, what);
            }
        }

        waiting.Clear();
    }
}
