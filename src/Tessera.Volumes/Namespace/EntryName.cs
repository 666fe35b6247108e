using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Namespace;

/// <summary>A name in a directory and its position there: the order of entries, and what a reader's cookie is made of.</summary>
/// <param name="Parent">The directory.</param>
/// <param name="Bytes">The name, lent for the operation.</param>
/// <param name="Position">58 bits: the top 39 of the hash of the case-folded name, then the low 19 of the hash of the name itself.</param>
internal readonly record struct EntryName(ulong Parent, ReadOnlyMemory<byte> Bytes, ulong Position)
{
    public const int FoldedBits = 39;
    public const int ExactBits = 19;

    public static EntryName Of(ulong parent, ReadOnlyMemory<byte> name) => new(parent, name, PositionOf(name.Span));

    /// <summary>Names that differ only in case share the high bits, so that a case-insensitive lookup is one short scan.</summary>
    public static ulong PositionOf(ReadOnlySpan<byte> name)
    {
        Span<byte> folded = stackalloc byte[(2 * FsLimits.MaxName) + 4];
        int length = CaseFold.Fold(name, folded);

        // The low bits of the second hash: a name without small letters has one hash for both, and its high bits are in already.
        return ((XxHash64.Hash(folded[..length]) >> (64 - FoldedBits)) << ExactBits) | (XxHash64.Hash(name) & ((1 << ExactBits) - 1));
    }
}
