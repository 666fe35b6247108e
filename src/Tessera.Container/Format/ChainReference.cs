using System.Buffers.Binary;

namespace Tessera.Container.Format;

/// <summary>Names a chain: where each copy starts, how long its bytes are, the salt of its key.</summary>
public readonly record struct ChainReference(ulong AddressA, ulong AddressB, long Length, byte[] Salt)
{
    public const int Size = 64;
    public const int SaltLength = 32;

    /// <summary>Longest chain, bytes: the space changes of one epoch and the sessions of a million opens stay far below.</summary>
    public const long MaxLength = 64L << 20;

    public static ChainReference None { get; } = new(0, 0, 0, new byte[SaltLength]);

    public bool IsNone => Length == 0;

    /// <summary>A root of the volume key before names it: that key opens it. Not stored; whoever opened the root says so.</summary>
    internal bool IsOfKeyBefore { get; init; }

    public void Encode(Span<byte> target)
    {
        target[..Size].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, AddressA);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], AddressB);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Length);
        Salt.CopyTo(target[24..]);
    }

    public static ChainReference Decode(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(source),
        BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        source.Slice(24, SaltLength).ToArray());
}
