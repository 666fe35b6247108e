using System.Buffers.Binary;
using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>Writes little-endian fields into a frame that is known to have room for them.</summary>
internal ref struct WireWriter(Span<byte> bytes)
{
    private readonly Span<byte> bytes = bytes;
    private int position;

    public readonly int Position => position;

    public void Byte(byte value) => bytes[position++] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    public void Time(Timestamp time)
    {
        UInt64((ulong)time.Seconds);
        UInt32(time.Nanoseconds);
    }

    /// <summary>A length of 16 bits and the bytes.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        UInt16((ushort)text.Length);
        Raw(text);
    }

    public void Raw(ReadOnlySpan<byte> content) => content.CopyTo(Take(content.Length));

    private Span<byte> Take(int length)
    {
        position += length;
        return bytes.Slice(position - length, length);
    }
}
