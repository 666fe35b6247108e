using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Core.Stores;

namespace Tessera.Container.Tree;

/// <summary>An immutable tree node over its plain bytes (docs/format/container.md, Tree).</summary>
public sealed class Node
{
    public const int HeaderLength = 16;
    public const int LeafEntryHeader = 12;
    public const int InnerEntryHeader = 4;
    private readonly byte[] bytes;

    private Node(byte[] bytes, ulong counter, uint session)
    {
        this.bytes = bytes;
        Counter = counter;
        Session = session;
        Count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2));
    }

    public byte Level => bytes[0];

    public bool IsLeaf => bytes[0] == 0;

    public int Count { get; }

    public int Length => bytes.Length;

    /// <summary>Generation the node was written in.</summary>
    public ulong Birth => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8));

    /// <summary>With <see cref="Session"/>, the node's identity: no two nodes share it.</summary>
    public ulong Counter { get; }

    public uint Session { get; }

    /// <summary>Takes authentic bytes; null when they are no node. Only somebody with the key can have written them, so this finds mistakes more often
    /// than malice; but what it lets pass can lead no reader out of the bytes, nor round in circles: a child is one level lower.</summary>
    public static Node? TryParse(byte[] bytes, ulong counter, uint session)
    {
        if (bytes.Length < HeaderLength || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)) != bytes.Length)
        {
            return null;
        }

        var node = new Node(bytes, counter, session);
        int entryHeader = node.IsLeaf ? LeafEntryHeader : InnerEntryHeader;
        int entriesStart = HeaderLength + (node.Count * sizeof(ushort));
        if (entriesStart > bytes.Length)
        {
            return null;
        }

        for (int i = 0; i < node.Count; i++)
        {
            int at = node.OffsetOf(i);
            if (at < entriesStart || at + entryHeader > bytes.Length || at + entryHeader + node.Word(at) + node.Word(at + 2) > bytes.Length || !node.IsEntrySane(i))
            {
                return null;
            }
        }

        return node.Count > 0 ? node : null;
    }

    public ReadOnlySpan<byte> Key(int index)
    {
        int at = OffsetOf(index);
        return bytes.AsSpan(at + (IsLeaf ? LeafEntryHeader : InnerEntryHeader), Word(at));
    }

    public ReadOnlySpan<byte> Value(int index)
    {
        int at = OffsetOf(index);
        return bytes.AsSpan(at + LeafEntryHeader + Word(at), Word(at + 2));
    }

    public ulong Version(int index) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(OffsetOf(index) + 4));

    public ReadOnlySpan<byte> Child(int index)
    {
        int at = OffsetOf(index);
        return bytes.AsSpan(at + InnerEntryHeader + Word(at), Word(at + 2));
    }

    /// <summary>The first entry with a key at or after <paramref name="key"/>; <see cref="Count"/> when there is none.</summary>
    public int Seek(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Key(middle).SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The entry of a leaf with exactly this key; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        int index = Seek(key);
        return index < Count && Key(index).SequenceEqual(key) ? index : -1;
    }

    /// <summary>The child of an inner node whose range holds the key.</summary>
    public int ChildFor(ReadOnlySpan<byte> key)
    {
        int index = Seek(key);
        return index < Count && Key(index).SequenceEqual(key) ? index : Math.Max(0, index - 1);
    }

    private bool IsEntrySane(int index)
    {
        int at = OffsetOf(index);
        if (Word(at) > StoreLimits.MaxKey)
        {
            return false;
        }

        return IsLeaf
            ? Word(at + 2) <= StoreLimits.MaxValue
            : Word(at + 2) >= NodeReference.MinLength && new NodeReference(Child(index)).Level == Level - 1;
    }

    private int OffsetOf(int index) => Word(HeaderLength + (index * sizeof(ushort)));

    private int Word(int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
}
