namespace Tessera.Core.Stores;

/// <summary>Keys of a store from <see cref="From"/> to before <see cref="To"/>.</summary>
/// <param name="From">The first key; empty for the beginning.</param>
/// <param name="To">The first key behind; null for the end.</param>
public sealed record KeyRange(byte[] From, byte[]? To)
{
    /// <summary>Whether it holds a key of [<paramref name="from"/>, <paramref name="last"/>].</summary>
    public bool Intersects(ReadOnlySpan<byte> from, ReadOnlySpan<byte> last) =>
        From.AsSpan().SequenceCompareTo(last) <= 0 && (To is null || To.AsSpan().SequenceCompareTo(from) > 0);

    public bool Contains(ReadOnlySpan<byte> key) => Intersects(key, key);
}
