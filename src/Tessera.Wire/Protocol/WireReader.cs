using System.Buffers.Binary;
using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>Reads little-endian fields from bytes that a stranger sent. Reading past the end gives zeros and is remembered: ask <see cref="IsComplete"/> once, at the end.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    /// <summary>Something was read that is not there.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Everything was read, and nothing else.</summary>
    public readonly bool IsComplete => !HasFailed && position == bytes.Length;

    /// <summary>Offset of the next byte.</summary>
    public readonly int Position => position;

    public readonly int Remaining => bytes.Length - position;

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ushort UInt16() => Take(sizeof(ushort)) is { IsEmpty: false } field ? BinaryPrimitives.ReadUInt16LittleEndian(field) : (ushort)0;

    public uint UInt32() => Take(sizeof(uint)) is { IsEmpty: false } field ? BinaryPrimitives.ReadUInt32LittleEndian(field) : 0;

    public ulong UInt64() => Take(sizeof(ulong)) is { IsEmpty: false } field ? BinaryPrimitives.ReadUInt64LittleEndian(field) : 0;

    public Timestamp Time()
    {
        const uint NanosecondsInSecond = 1_000_000_000;
        long seconds = (long)UInt64();
        uint nanoseconds = UInt32();
        HasFailed |= nanoseconds >= NanosecondsInSecond;
        return new Timestamp(seconds, nanoseconds);
    }

    /// <summary>A length of 16 bits and so many bytes.</summary>
    public ReadOnlySpan<byte> Text() => Take(UInt16());

    public ReadOnlySpan<byte> Rest() => Take(Remaining);

    public ReadOnlySpan<byte> Take(int length)
    {
        if (HasFailed || (uint)length > (uint)Remaining)
        {
            HasFailed = true;
            return default;
        }

        position += length;
        return bytes.Slice(position - length, length);
    }
}
