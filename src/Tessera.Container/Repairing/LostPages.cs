using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Core.Stores;

namespace Tessera.Container.Repairing;

/// <summary>The codec of lost ranges as the tree keeps them: each u16 length and bytes of the first key, then u16 length (FFFFh: the end of the map) and
/// bytes of the key behind.</summary>
internal static class LostPages
{
    private const ushort End = ushort.MaxValue;

    /// <summary>Encodes ranges into values of at most <see cref="StoreLimits.MaxValue"/> bytes.</summary>
    public static List<byte[]> Encode(IEnumerable<KeyRange> ranges)
    {
        List<byte[]> pages = [];
        using var page = new MemoryStream();
        foreach (KeyRange range in ranges)
        {
            if (page.Length + (2 * sizeof(ushort)) + range.From.Length + (range.To?.Length ?? 0) > StoreLimits.MaxValue)
            {
                pages.Add(page.ToArray());
                page.SetLength(0);
            }

            Write(page, range.From, (ushort)range.From.Length);
            Write(page, range.To ?? [], range.To is null ? End : (ushort)range.To.Length);
        }

        if (page.Length > 0)
        {
            pages.Add(page.ToArray());
        }

        return pages;
    }

    /// <exception cref="ContainerFormatException">It is no such page.</exception>
    public static IEnumerable<KeyRange> Decode(ReadOnlyMemory<byte> page)
    {
        while (page.Length > 0)
        {
            byte[] from = Read(ref page) ?? throw Malformed();
            yield return new KeyRange(from, Read(ref page));
        }
    }

    private static void Write(MemoryStream page, byte[] key, ushort length)
    {
        Span<byte> number = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(number, length);
        page.Write(number);
        page.Write(key);
    }

    private static byte[]? Read(ref ReadOnlyMemory<byte> page)
    {
        ushort length = page.Length < sizeof(ushort) ? throw Malformed() : BinaryPrimitives.ReadUInt16LittleEndian(page.Span);
        page = page[sizeof(ushort)..];
        if (length == End)
        {
            return null;
        }

        byte[] key = length > page.Length ? throw Malformed() : page[..length].ToArray();
        page = page[length..];
        return key;
    }

    private static ContainerFormatException Malformed() => new(FormatFault.Damaged, "The note of what an unfinished repair found lost makes no sense.");
}
