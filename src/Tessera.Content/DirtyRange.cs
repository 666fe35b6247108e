namespace Tessera.Content;

/// <summary>Bytes [<see cref="Start"/>, <see cref="End"/>) of a file, found at <see cref="Position"/> of a segment.</summary>
internal record struct DirtyRange(long Start, long End, Segment Segment, int Position);
