using System.Buffers.Binary;

namespace Tessera.Container.Tables;

/// <summary>An ordered map in memory: a skip list with one writer at a time and any number of readers without locks.</summary>
/// <remarks>All its memory is managed arrays of integers and bytes: nothing per entry for the collector to scan, nothing freed under a reader.
/// A node or value is complete before the word that makes it reachable is published (release/acquire).</remarks>
public sealed class Memtable
{
    private const int MaxHeight = 12;
    private const int ChunkShift = 18;
    private const int ChunkMask = (1 << ChunkShift) - 1;

    /// <summary>Largest table: offsets are 31 bits, and no table comes near.</summary>
    private const int MaxChunks = 1 << (31 - ChunkShift);

    private const int KeyWord = 0;
    private const int ValueWord = 1;
    private const int ShapeWord = 2;
    private const int NextWord = 3;
    private const int ValueHeader = 12;
    private const int TombstoneLength = -1;

    private readonly byte[][] bytes = new byte[MaxChunks][];
    private readonly int[][] words = new int[MaxChunks][];
    private readonly int head;
    private int bytesUsed;
    private int wordsUsed = NextWord;
    private int height = 1;
    private uint random = 0x9E3779B9;

    public Memtable()
    {
        head = AllocateNode(MaxHeight);
        for (int level = 0; level < MaxHeight; level++)
        {
            Word(head, NextWord + level) = 0;
        }
    }

    /// <summary>Keys, tombstones included.</summary>
    public int Count { get; private set; }

    /// <summary>Memory of keys, values and nodes, bytes; values since overwritten included.</summary>
    public long Bytes => bytesUsed + (wordsUsed * (long)sizeof(int));

    /// <summary>Sets a key. One writer at a time.</summary>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong version) => Set(key, value, value.Length, version);

    /// <summary>Records that a key is gone. One writer at a time.</summary>
    public void Delete(ReadOnlySpan<byte> key, ulong version) => Set(key, default, TombstoneLength, version);

    /// <summary>The node of a key; 0 when the table says nothing of it.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        int node = Seek(key);
        return node != 0 && Key(node).SequenceEqual(key) ? node : 0;
    }

    /// <summary>The first node with a key at or after <paramref name="key"/>; 0 at the end.</summary>
    public int Seek(ReadOnlySpan<byte> key)
    {
        int at = head;
        int next = 0;
        for (int level = Volatile.Read(ref height) - 1; level >= 0; level--)
        {
            while ((next = Next(at, level)) != 0 && Key(next).SequenceCompareTo(key) < 0)
            {
                at = next;
            }
        }

        return next;
    }

    /// <summary>The node after; 0 at the end.</summary>
    public int Next(int node) => Next(node, 0);

    public ReadOnlySpan<byte> Key(int node) => Slice(Word(node, KeyWord), Word(node, ShapeWord) & 0xFFFF);

    /// <summary>The value as it is now, with its version; a deleted key is a tombstone.</summary>
    public MemtableValue Value(int node)
    {
        int at = Volatile.Read(ref Word(node, ValueWord));
        ReadOnlySpan<byte> header = Slice(at, ValueHeader);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(header);
        return length < 0
            ? new MemtableValue(isTombstone: true, default, version)
            : new MemtableValue(isTombstone: false, Slice(at + ValueHeader, length), version);
    }

    private void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int length, ulong version)
    {
        Span<int> before = stackalloc int[MaxHeight];
        int node = SeekForWrite(key, before);
        int at = AllocateBytes(ValueHeader + value.Length);
        Span<byte> target = MutableBytes(at, ValueHeader + value.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target, version);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], length);
        value.CopyTo(target[ValueHeader..]);
        if (node != 0 && Key(node).SequenceEqual(key))
        {
            Volatile.Write(ref Word(node, ValueWord), at);
            return;
        }

        Insert(key, at, before);
        Count++;
    }

    private void Insert(ReadOnlySpan<byte> key, int value, ReadOnlySpan<int> before)
    {
        int nodeHeight = DrawHeight();
        int node = AllocateNode(nodeHeight);
        int keyAt = AllocateBytes(key.Length);
        key.CopyTo(MutableBytes(keyAt, key.Length));
        Word(node, KeyWord) = keyAt;
        Word(node, ValueWord) = value;
        Word(node, ShapeWord) = key.Length | (nodeHeight << 16);
        for (int level = 0; level < nodeHeight; level++)
        {
            int previous = level < height ? before[level] : head;
            Word(node, NextWord + level) = Next(previous, level);
            Volatile.Write(ref Word(previous, NextWord + level), node);
        }

        if (nodeHeight > height)
        {
            Volatile.Write(ref height, nodeHeight);
        }
    }

    private int SeekForWrite(ReadOnlySpan<byte> key, Span<int> before)
    {
        int at = head;
        int next = 0;
        for (int level = height - 1; level >= 0; level--)
        {
            while ((next = Next(at, level)) != 0 && Key(next).SequenceCompareTo(key) < 0)
            {
                at = next;
            }

            before[level] = at;
        }

        return next;
    }

    /// <summary>1 with probability 3/4, each level more 1/4 of the one below.</summary>
    private int DrawHeight()
    {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        int drawn = 1 + (System.Numerics.BitOperations.TrailingZeroCount(random | (1u << 31)) / 2);
        return Math.Min(drawn, MaxHeight);
    }

    private int Next(int node, int level) => Volatile.Read(ref Word(node, NextWord + level));

    private ref int Word(int node, int word) => ref words[(node + word) >> ChunkShift][(node + word) & ChunkMask];

    private ReadOnlySpan<byte> Slice(int at, int length) => new(bytes[at >> ChunkShift], at & ChunkMask, length);

    private Span<byte> MutableBytes(int at, int length) => bytes[at >> ChunkShift].AsSpan(at & ChunkMask, length);

    private int AllocateNode(int nodeHeight) => Allocate(words, ref wordsUsed, NextWord + nodeHeight);

    private int AllocateBytes(int length) => Allocate(bytes, ref bytesUsed, length);

    /// <summary>Takes room that lies within one chunk.</summary>
    private static int Allocate<T>(T[][] chunks, ref int used, int length)
    {
        if ((used & ChunkMask) + length > ChunkMask + 1)
        {
            used = (used | ChunkMask) + 1;
        }

        int at = used;
        used += length;
        chunks[at >> ChunkShift] ??= GC.AllocateUninitializedArray<T>(ChunkMask + 1);
        return at;
    }
}
