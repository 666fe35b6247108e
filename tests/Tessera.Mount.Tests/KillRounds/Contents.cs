namespace Tessera.Mount.Tests.KillRounds;

/// <summary>What a file holds. Never changed: an edit makes another.</summary>
internal sealed class Contents
{
    private readonly byte[] _bytes;

    private Contents(byte[] bytes) => _bytes = bytes;

    public int Length => _bytes.Length;

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Contents that a seed and a length say everything about.</summary>
    public static Contents Random(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return new Contents(bytes);
    }

    /// <summary>With other bytes from an offset on; longer, if they reach beyond the end.</summary>
    public Contents Overwritten(int offset, ReadOnlySpan<byte> with)
    {
        byte[] bytes = new byte[Math.Max(Length, offset + with.Length)];
        _bytes.CopyTo(bytes, 0);
        with.CopyTo(bytes.AsSpan(offset));
        return new Contents(bytes);
    }

    /// <summary>Cut short, or lengthened by zeros.</summary>
    public Contents Resized(int length)
    {
        byte[] bytes = new byte[length];
        Bytes[..Math.Min(Length, length)].CopyTo(bytes);
        return new Contents(bytes);
    }

    /// <summary>The bytes from an offset on.</summary>
    public Contents From(int offset) => new([.. Bytes[offset..]]);
}
