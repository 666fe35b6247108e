namespace Tessera.Content;

/// <summary>What an edit lays over a range of a file.</summary>
/// <param name="Extent">The range and where its bytes lie; <see cref="ExtentKind.Hole"/> removes.</param>
/// <param name="Inline">The bytes of an inline extent.</param>
/// <param name="Claim">What becomes of the block it lies in.</param>
public readonly record struct NewExtent(Extent Extent, ReadOnlyMemory<byte> Inline, BlockClaim Claim)
{
    public static NewExtent Hole(long start, long end) => new(new Extent { Start = start, End = end, Kind = ExtentKind.Hole }, default, BlockClaim.Owned);

    /// <param name="start">The first lost byte.</param>
    /// <param name="end">The byte after the last; at most <see cref="Extent.MaxLost"/> later.</param>
    public static NewExtent Lost(long start, long end) => new(new Extent { Start = start, End = end, Kind = ExtentKind.Lost }, default, BlockClaim.Owned);

    public static NewExtent InlineAt(long start, ReadOnlyMemory<byte> content) =>
        new(new Extent { Start = start, End = start + content.Length, Kind = ExtentKind.Inline }, content, BlockClaim.Owned);

    internal NewExtent Until(long end) => new(
        Extent.Slice(Extent.Start, end),
        Extent.Kind == ExtentKind.Inline ? Inline[..(int)(end - Extent.Start)] : default,
        Claim);
}
