using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>A run of bytes written to a file, in the order they came: first a buffer in memory, later one block of the store, or several of equal
/// length where the store has no room for the whole in one piece.</summary>
/// <remarks>Because writes are appended whatever their offsets, many scattered small writes become one sequential block, and a sequential
/// stream becomes blocks of 1 MiB without another copy. Everything here is guarded by the file's <see cref="FileContent.Sync"/>.</remarks>
internal sealed class Segment(byte[] buffer)
{
    private SegmentBlock[] blocks = [];

    /// <summary>Bytes each block holds, the last one perhaps fewer.</summary>
    private int stride = 1;

    /// <summary>The bytes; null once they are in blocks.</summary>
    public byte[]? Buffer { get; set; } = buffer;

    /// <summary>Bytes of the buffer in use.</summary>
    public int Used { get; set; }

    /// <summary>No byte of it changes any more: it is being written, or will be by the next flush.</summary>
    public bool Closed { get; set; }

    /// <summary>A mark of <see cref="FileContent"/>'s flush: some range still needs the segment.</summary>
    public bool Referenced { get; set; }

    /// <summary>Blocks that no commit has claimed.</summary>
    public IEnumerable<BlockReference> UnclaimedBlocks => blocks.Where(block => !block.Claimed).Select(block => block.Reference);

    /// <summary>The bytes lie in blocks now.</summary>
    public void MoveTo(BlockReference[] references, int bytesEach)
    {
        blocks = Array.ConvertAll(references, reference => new SegmentBlock(reference));
        stride = bytesEach;
        Buffer = null;
    }

    /// <summary>The block that holds a position, and the position within it. The segment has no buffer any more.</summary>
    public SegmentBlock BlockAt(int position, out int offset)
    {
        offset = position % stride;
        return blocks[position / stride];
    }

    /// <summary>A commit has claimed the blocks that hold these positions; others may still wait for theirs.</summary>
    public void Claim(int position, int length)
    {
        for (int at = position - (position % stride); at < position + length && blocks.Length > 0; at += stride)
        {
            blocks[at / stride].Claimed = true;
        }
    }
}
