using System.Buffers.Binary;
using Tessera.Container.Format;

namespace Tessera.Container.Tree;

/// <summary>Gathers entries in key order and cuts them into nodes of one level.</summary>
/// <remarks>It holds back up to two nodes' worth: entries that keep coming fill nodes to the brim; what is left at the end is one node, or two of
/// about the same size. So appending packs tightly and inserting in the middle splits evenly.</remarks>
public sealed class NodeBuilder
{
    /// <summary>A node smaller than this asks its neighbour to join.</summary>
    public const int SmallNode = Geometry.MaxNode / 4;
    private readonly byte level;
    private readonly ulong birth;
    private readonly Action<byte[], byte[]> emit;
    private readonly List<int> starts = [];
    private byte[] pending = new byte[Geometry.MaxNode * 2];
    private int used;

    /// <param name="level">Level of the nodes.</param>
    /// <param name="birth">Generation they are born in.</param>
    /// <param name="emit">Takes each node: its first key and its plain bytes.</param>
    public NodeBuilder(byte level, ulong birth, Action<byte[], byte[]> emit)
    {
        this.level = level;
        this.birth = birth;
        this.emit = emit;
    }

    /// <summary>Size of the node that closing now would leave, bytes; more than a node's when it would be two.</summary>
    public int PendingLength => starts.Count == 0 ? 0 : LengthOf(starts.Count, used);

    private int EntryHeader => level == 0 ? Node.LeafEntryHeader : Node.InnerEntryHeader;

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong version)
    {
        int length = EntryHeader + key.Length + value.Length;
        if (used + length > pending.Length)
        {
            Array.Resize(ref pending, pending.Length * 2);
        }

        Span<byte> target = pending.AsSpan(used);
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)key.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], (ushort)value.Length);
        if (level == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target[4..], version);
        }

        key.CopyTo(target[EntryHeader..]);
        value.CopyTo(target[(EntryHeader + key.Length)..]);
        starts.Add(used);
        used += length;
        if (PendingLength > 2 * Geometry.MaxNode)
        {
            EmitFirst(Fitting(Geometry.MaxNode));
        }
    }

    /// <summary>Emits what is left.</summary>
    public void Close()
    {
        if (PendingLength > Geometry.MaxNode)
        {
            EmitFirst(Fitting(Math.Min((PendingLength / 2) + Node.HeaderLength, Geometry.MaxNode)));
        }

        if (starts.Count > 0 && PendingLength > Geometry.MaxNode)
        {
            EmitFirst(Fitting(Geometry.MaxNode)); // Entries of very different lengths: the halves were not halves.
        }

        if (starts.Count > 0)
        {
            EmitFirst(starts.Count);
        }
    }

    private static int LengthOf(int count, int entryBytes) => Node.HeaderLength + (count * sizeof(ushort)) + entryBytes;

    /// <summary>How many entries from the front fill at most <paramref name="limit"/> bytes; at least one.</summary>
    private int Fitting(int limit)
    {
        int count = 1;
        while (count + 1 < starts.Count && LengthOf(count + 1, starts[count + 1]) <= limit)
        {
            count++;
        }

        return count;
    }

    private void EmitFirst(int count)
    {
        int end = count < starts.Count ? starts[count] : used;
        byte[] node = new byte[LengthOf(count, end)];
        int entriesStart = Node.HeaderLength + (count * sizeof(ushort));
        node[0] = level;
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(2), (ushort)count);
        BinaryPrimitives.WriteInt32LittleEndian(node.AsSpan(4), node.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(node.AsSpan(8), birth);
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(Node.HeaderLength + (i * sizeof(ushort))), (ushort)(entriesStart + starts[i]));
        }

        pending.AsSpan(0, end).CopyTo(node.AsSpan(entriesStart));
        int keyLength = BinaryPrimitives.ReadUInt16LittleEndian(pending);
        byte[] firstKey = pending.AsSpan(EntryHeader, keyLength).ToArray();

        pending.AsSpan(end, used - end).CopyTo(pending);
        starts.RemoveRange(0, count);
        for (int i = 0; i < starts.Count; i++)
        {
            starts[i] -= end;
        }

        used -= end;
        emit(firstKey, node);
    }
}
