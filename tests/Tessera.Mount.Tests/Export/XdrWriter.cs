using System.Buffers.Binary;
using System.Text;

namespace Tessera.Mount.Tests.Export;

/// <summary>RFC 4506: words of 4 bytes, big-endian; bytes with their length before and zeros behind.</summary>
internal sealed class XdrWriter
{
    private readonly MemoryStream _bytes = new();

    public ReadOnlyMemory<byte> Bytes => _bytes.ToArray();

    public XdrWriter Word(uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        _bytes.Write(word);
        return this;
    }

    public XdrWriter Long(ulong value) => Word((uint)(value >> 32)).Word((uint)value);

    public XdrWriter Opaque(ReadOnlySpan<byte> value)
    {
        Word((uint)value.Length);
        _bytes.Write(value);
        _bytes.Write([0, 0, 0], 0, -value.Length & 3);
        return this;
    }

    public XdrWriter Text(string value) => Opaque(Encoding.UTF8.GetBytes(value));
}
