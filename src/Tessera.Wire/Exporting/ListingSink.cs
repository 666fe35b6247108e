using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>Packs a directory's entries into a reply: cookie u64, name, attributes.</summary>
/// <param name="told">What the importer was told of.</param>
/// <param name="hidden">Names that it is not told; null: none.</param>
internal sealed class ListingSink(ToldInodes told, HiddenNames? hidden) : IDirectorySink
{
    private Memory<byte> destination;
    private ulong directory;
    private bool isFull;

    public bool WantsAttributes { get; private set; }

    /// <summary>Bytes written, the byte that says whether the directory ends here included.</summary>
    public int Length { get; private set; }

    public void Begin(ulong ino, Memory<byte> body, bool withAttributes)
    {
        directory = ino;
        destination = body;
        WantsAttributes = withAttributes;
        Length = 1;
        isFull = false;
    }

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        bool isTold = WantsAttributes && attributes.Ino != 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
        if (hidden?.Hides(directory, name) == true)
        {
            if (isTold)
            {
                told.Add(attributes.Ino);
                told.TryRemove(attributes.Ino, 1); // The file system may forget it.
            }

            return true;
        }

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
        if (isTold)
        {
            told.Add(attributes.Ino);
        }

        return true;
    }

    public void End() => destination.Span[0] = isFull ? (byte)0 : (byte)1;
}
