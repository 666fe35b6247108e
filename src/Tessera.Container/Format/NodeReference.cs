using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Container.Format;

/// <summary>A parent's knowledge of a tree node, over its encoded bytes (docs/format/container.md, References).</summary>
public readonly ref struct NodeReference(ReadOnlySpan<byte> bytes)
{
    private const int FixedLength = 48;

    /// <summary>Shortest encoding: two copies of one run.</summary>
    public const int MinLength = FixedLength + (Geometry.Copies * sizeof(ulong));

    /// <summary>Longest encoding: two copies of eight single slots.</summary>
    public const int MaxLength = FixedLength + (Geometry.Copies * (Geometry.MaxNode / Geometry.SlotSize) * sizeof(ulong));

    private readonly ReadOnlySpan<byte> bytes = bytes;

    public ReadOnlySpan<byte> Bytes => bytes;

    public byte Algorithm => bytes[0];

    public bool SingleSlots => bytes[1] == 1;

    public byte Level => bytes[3];

    public uint Session => BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);

    public int Length => BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);

    public ulong Counter => BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);

    public ulong Birth => BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);

    public ReadOnlySpan<byte> Tag => bytes.Slice(32, Geometry.TagSize);

    public int Slots => Geometry.SlotsFor(Length);

    /// <summary>Runs (or single slots) of one copy.</summary>
    public int PlacementsPerCopy => SingleSlots ? Slots : 1;

    public ulong Placement(int copy, int index) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[(FixedLength + (((copy * PlacementsPerCopy) + index) * sizeof(ulong)))..]);

    /// <summary>Bytes that come from a medium make a usable reference: every length and address within bounds.</summary>
    public bool IsValid(uint groups)
    {
        if (bytes.Length < FixedLength || bytes[1] > 1 || bytes[2] != Geometry.Copies || Length is <= 0 or > Geometry.MaxNode)
        {
            return false;
        }

        if (bytes.Length != FixedLength + (Geometry.Copies * PlacementsPerCopy * sizeof(ulong)))
        {
            return false;
        }

        for (int i = 0; i < Geometry.Copies * PlacementsPerCopy; i++)
        {
            if (!SlotAddress.IsRun(Placement(0, i), SingleSlots ? 1 : Slots, groups))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Encodes a reference; returns its length.</summary>
    public static int Encode(Span<byte> target, in NodeSeal seal, ReadOnlySpan<ulong> placements)
    {
        target[..FixedLength].Clear();
        target[0] = seal.Algorithm;
        target[1] = (byte)(seal.SingleSlots ? 1 : 0);
        target[2] = Geometry.Copies;
        target[3] = seal.Level;
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], seal.Session);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], seal.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], seal.Counter);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], seal.Birth);
        seal.Tag.Write(target[32..]);
        for (int i = 0; i < placements.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target[(FixedLength + (i * sizeof(ulong)))..], placements[i]);
        }

        return FixedLength + (placements.Length * sizeof(ulong));
    }
}

/// <summary>How a node was sealed.</summary>
public readonly record struct NodeSeal(byte Algorithm, bool SingleSlots, byte Level, uint Session, int Length, ulong Counter, ulong Birth, SealTag Tag);
