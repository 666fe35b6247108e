using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>A run of bytes written to a file, in the order they came: first a buffer in memory, later one block of the store.</summary>
/// <remarks>Because writes are appended whatever their offsets, many scattered small writes become one sequential block, and a sequential
/// stream becomes blocks of 1 MiB without another copy. Everything here is guarded by the file's <see cref="FileContent.Sync"/>.</remarks>
internal sealed class Segment(byte[] buffer)
{
    /// <summary>The bytes; null once they are in <see cref="Block"/>.</summary>
    public byte[]? Buffer { get; set; } = buffer;

    /// <summary>Bytes of the buffer in use.</summary>
    public int Used { get; set; }

    /// <summary>No byte of it changes any more: it is being written, or will be by the next flush.</summary>
    public bool Closed { get; set; }

    /// <summary>The block that holds the bytes.</summary>
    public BlockReference? Block { get; set; }

    /// <summary>A commit has claimed the block; other ranges of it may still wait for theirs.</summary>
    public bool Claimed { get; set; }

    /// <summary>A mark of <see cref="FileContent"/>'s flush: some range still needs the segment.</summary>
    public bool Referenced { get; set; }
}
