using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>Builds the keys of extents and blocks (docs/format/volume.md).</summary>
public static class ContentKeys
{
    public const int ExtentLength = 17;
    public const int BlockLength = 9;

    /// <summary>The key of the extent that ends before <paramref name="end"/>; returns its length.</summary>
    public static int Extent(Span<byte> key, ulong ino, long end)
    {
        key[0] = (byte)KeyTag.Extent;
        BinaryPrimitives.WriteUInt64BigEndian(key[1..], ino);
        BinaryPrimitives.WriteInt64BigEndian(key[9..], end);
        return ExtentLength;
    }

    /// <exception cref="StoreDamageException">It is no extent's key.</exception>
    public static long EndOf(ReadOnlySpan<byte> extentKey) => extentKey.Length == ExtentLength
        ? BinaryPrimitives.ReadInt64BigEndian(extentKey[9..])
        : throw new StoreDamageException($"The key of an extent has {extentKey.Length} bytes.");

    public static int Block(Span<byte> key, ulong address)
    {
        key[0] = (byte)KeyTag.Block;
        BinaryPrimitives.WriteUInt64BigEndian(key[1..], address);
        return BlockLength;
    }
}
