using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Reads the blocks that a page of extents was the first to name, each wholly, so that the store authenticates every byte.</summary>
/// <remarks>A shared block is read once, and its damage told of every file that has it.</remarks>
internal sealed class BlockReader(IVolumeStore store, FindingLog log, CancellationToken cancellation)
{
    /// <summary>More damage than this is told of the first file only: no list of findings is as long.</summary>
    private const int MaxDamaged = 100_000;
    private readonly AddressSet seen = new();
    private readonly Dictionary<ulong, string> damaged = [];
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
            if (!seen.Add(block.Address))
            {
                if (damaged.TryGetValue(block.Address, out string? known))
                {
                    Report(block, ino, start, known);
                }

                continue;
            }

            try
            {
                await store.ReadBlockAsync(block, 0, buffer.AsMemory(0, (int)block.Length));
                Bytes += block.Length;
            }
            catch (StoreDamageException damage)
            {
                Report(block, ino, start, damage.Message);
                if (damaged.Count < MaxDamaged)
                {
                    damaged.Add(block.Address, damage.Message);
                }
            }
        }

        waiting.Clear();
    }

    private void Report(in BlockReference block, ulong ino, long start, string why) => log.Add(
        FindingKinds.BlockUnreadable, ino, $"The block at {block.Address:x} with bytes of inode {ino} from {start} on cannot be read: {why}");
}
