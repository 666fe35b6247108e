using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>A block that a segment was written to.</summary>
internal sealed class SegmentBlock(BlockReference reference)
{
    public BlockReference Reference => reference;

    /// <summary>A commit has claimed it.</summary>
    public bool Claimed { get; set; }
}
