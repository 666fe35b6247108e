using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Tables;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container.Space;

/// <summary>The container's own keys in the tree: bitmaps and free counts (docs/format/container.md, Tree).</summary>
internal static class SpaceKeys
{
    public const int Length = 6;
    public const int CountsPerPage = 1024;
    public const int CountsPageSize = CountsPerPage * sizeof(ushort);

    /// <summary>All keys of the container come before it, all of the engine after.</summary>
    public static ReadOnlySpan<byte> End => [1];

    /// <summary>The ids of the backups taken of this volume (docs/format/backup.md).</summary>
    public static byte[] Backups => [0, (byte)SpaceKey.Backups, 0, 0, 0, 0];

    /// <summary>A page of what a repair under way has found lost.</summary>
    public static byte[] Lost(uint page)
    {
        byte[] key = new byte[Length];
        Write(key, SpaceKey.Lost, page);
        return key;
    }

    public static void Bitmap(Span<byte> key, uint group) => Write(key, SpaceKey.Bitmap, group);

    public static void Counts(Span<byte> key, uint page) => Write(key, SpaceKey.Counts, page);

    /// <summary>Which of the container's keys it is, with its number; null when it is none.</summary>
    public static SpaceKey? TryRead(ReadOnlySpan<byte> key, out uint number)
    {
        number = key.Length == Length ? BinaryPrimitives.ReadUInt32BigEndian(key[2..]) : 0;
        return key.Length == Length && key[0] == 0 && key[1] is (byte)SpaceKey.Bitmap or (byte)SpaceKey.Counts or (byte)SpaceKey.Backups or (byte)SpaceKey.Lost ? (SpaceKey)key[1] : null;
    }

    /// <summary>A group's bitmap as the tree tells it; a group it does not know is all free.</summary>
    public static byte[] ReadBitmap(MapReader reader, TreeRoot tree, uint group)
    {
        Span<byte> key = stackalloc byte[Length];
        Bitmap(key, group);
        byte[] page = new byte[GroupBitmap.Size];
        Read(reader, tree, key, page);
        return page;
    }

    /// <summary>A page of free counts as the tree tells it; groups it does not know are all free.</summary>
    public static void ReadCounts(MapReader reader, TreeRoot tree, uint pageNumber, Span<byte> page)
    {
        Span<byte> key = stackalloc byte[Length];
        Counts(key, pageNumber);
        if (!Read(reader, tree, key, page))
        {
            for (int i = 0; i < CountsPerPage; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(page[(i * sizeof(ushort))..], Geometry.SlotsPerGroup);
            }
        }
    }

    private static readonly Memtable NoTable = new();

    private static bool Read(MapReader reader, TreeRoot tree, ReadOnlySpan<byte> key, Span<byte> page)
    {
        reader.TryGet(new View(NoTable, null, tree), key, page, allowIo: true, out StoreEntry entry);
        if (entry.Found && entry.Length != page.Length)
        {
            throw new StoreDamageException("A page of the free space map has the wrong length.");
        }

        return entry.Found;
    }

    private static void Write(Span<byte> key, SpaceKey kind, uint number)
    {
        key[0] = 0;
        key[1] = (byte)kind;
        BinaryPrimitives.WriteUInt32BigEndian(key[2..], number);
    }
}
