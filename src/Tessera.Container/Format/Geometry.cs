namespace Tessera.Container.Format;

/// <summary>The fixed measures of the format (docs/format/container.md, Space).</summary>
public static class Geometry
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotSize = 4096;
    public const int SlotsPerGroup = 16384;
    public const long GroupSize = (long)SlotSize * SlotsPerGroup;

    /// <summary>Slots at either end of group 0 that hold header, key slots and roots.</summary>
    public const int FixedSlots = 11;
    public const int KeySlotsLength = 8 * SlotSize;

    /// <summary>Unit of sealing of blocks, bytes.</summary>
    public const int UnitShift = 12;
    public const int UnitSize = 1 << UnitShift;
    public const int TagSize = 16;

    /// <summary>Largest tree node, plain bytes.</summary>
    public const int MaxNode = 32768;

    /// <summary>Copies kept of nodes and chains.</summary>
    public const int Copies = 2;

    /// <summary>Smallest volume, bytes: group 0 must be whole.</summary>
    public const long MinVolume = GroupSize;

    /// <summary>Most groups of a volume: 2^20 groups are 64 TiB, and their free counts 2 MiB of memory.</summary>
    public const int MaxGroups = 1 << 20;

    public static long HeaderOffset(int copy) => FixedOffset(copy, 0);

    public static long KeySlotsOffset(int copy) => FixedOffset(copy, 1);

    public static long RootOffset(int copy, ulong generation) => FixedOffset(copy, 9 + (int)(generation & 1));

    public static int SlotsFor(long bytes) => (int)((bytes + SlotSize - 1) / SlotSize);

    private static long FixedOffset(int copy, int slot) =>
        (long)SlotSize * (copy == 0 ? slot : SlotsPerGroup - FixedSlots + slot);
}
