namespace Tessera.Container.Format;

/// <summary>The fixed measures of the format (docs/format/container.md, Space).</summary>
public static class Geometry
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotSize = 4096;
    public const int SlotsPerGroup = 16384;
    public const long GroupSize = (long)SlotSize * SlotsPerGroup;

    /// <summary>Slots of each copy of header, key slots and roots (<see cref="FixedPlaces"/>).</summary>
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

    /// <summary>Smallest volume, bytes. Below <see cref="GroupSize"/> it is a small container.</summary>
    public const long MinVolume = 8L << 20;

    /// <summary>Most groups of a volume: 2^20 groups are 64 TiB, and their free counts 2 MiB of memory.</summary>
    public const int MaxGroups = 1 << 20;

    public static int SlotsFor(long bytes) => (int)((bytes + SlotSize - 1) / SlotSize);
}
