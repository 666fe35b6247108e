using System.Buffers.Binary;

namespace Tessera.Core.Stores;

/// <summary>The 16 bytes that authenticate what was sealed.</summary>
/// <remarks>Not a UInt128: methods that touch one, however deep in a struct, are left out of precompiled code (its place in calls is not settled there), and were compiled when
/// first called.</remarks>
public readonly record struct SealTag(ulong Low, ulong High)
{
    public static SealTag Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source[sizeof(ulong)..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Low);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[sizeof(ulong)..], High);
    }
}
