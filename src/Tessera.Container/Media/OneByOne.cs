namespace Tessera.Container.Media;

/// <summary>Pieces that are asked for together, of a medium that takes one at a time.</summary>
internal static class OneByOne
{
    /// <inheritdoc cref="IMedium.ReadEach"/>
    public static void Read(IMedium medium, ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        int length = buffer.Length / Math.Max(1, offsets.Length);
        for (int i = 0; i < offsets.Length; i++)
        {
            medium.Read(offsets[i], buffer.Slice(i * length, length));
        }
    }

    /// <inheritdoc cref="IMedium.WriteEach"/>
    public static void Write(IMedium medium, ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int length = data.Length / Math.Max(1, offsets.Length);
        for (int i = 0; i < offsets.Length; i++)
        {
            medium.Write(offsets[i], data.Slice(i * length, length), mode);
        }
    }
}
