using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>Packs a directory's entries into a reply: cookie u64, name, attributes.</summary>
internal sealed class ListingSink(ToldInodes told) : IDirectorySink
{
    private Memory<byte> destination;
    private bool isFull;

    public bool WantsAttributes { get; private set; }

    /// <summary>Bytes written, the byte that says whether the directory ends here included.</summary>
    public int Length { get; private set; }

    public void Begin(Memory<byte> body, bool withAttributes)
    {
        destination = body;
        WantsAttributes = withAttributes;
        Length = 1;
        isFull = false;
    }

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        int size = sizeof(ulong) + sizeof(ushort) + name.Length + AttributesCodec.Size;
        if (size > destination.Length - Length)
        {
            isFull = true;
            return false;
        }

        var writer = new WireWriter(destination.Span[Length..]);
        writer.UInt64(cookie);
        writer.Text(name);
        AttributesCodec.Write(ref writer, attributes);
        Length += size;
        if (WantsAttributes && attributes.Ino != 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
        {
            told.Add(attributes.Ino);
        }

        return true;
    }

    public void End() => destination.Span[0] = isFull ? (byte)0 : (byte)1;
}
