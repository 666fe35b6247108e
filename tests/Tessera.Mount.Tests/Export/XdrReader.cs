using System.Buffers.Binary;

namespace Tessera.Mount.Tests.Export;

/// <summary>RFC 4506, the other way.</summary>
internal sealed class XdrReader(byte[] bytes)
{
    private int _at;

    public uint Word()
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(_at));
        _at += 4;
        return value;
    }

    public byte[] Opaque()
    {
        int length = (int)Word();
        byte[] value = bytes.AsSpan(_at, length).ToArray();
        _at += (length + 3) & ~3;
        return value;
    }
}
