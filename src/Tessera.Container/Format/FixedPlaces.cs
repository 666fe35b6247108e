using Tessera.Container.Media;

namespace Tessera.Container.Format;

/// <summary>Where the two copies of header, key slots and roots lie (docs/format/container.md, Space and Small containers). Copy A is at the same place in every container.</summary>
/// <param name="IsSmall">Copy B lies at the end of the first 8 MiB, not at that of group 0.</param>
public readonly record struct FixedPlaces(bool IsSmall)
{
    /// <summary>First slot of copy B in a small container.</summary>
    private const int SmallSecond = (int)(Geometry.MinVolume / Geometry.SlotSize) - Geometry.FixedSlots;

    /// <summary>Of a container whose group 0 is whole.</summary>
    public static FixedPlaces Ordinary => new(IsSmall: false);

    public static FixedPlaces Small => new(IsSmall: true);

    /// <summary>First of the slots where only ordinary containers have their copy B; small ones leave them alone, so that nothing there passes for one.</summary>
    internal static int OrdinarySecond => Geometry.SlotsPerGroup - Geometry.FixedSlots;

    /// <summary>Slots of group 0 that may hold anything at all.</summary>
    public int SlotsOfFirstGroup => IsSmall ? OrdinarySecond : Geometry.SlotsPerGroup;

    /// <summary>Those of the container on a medium, as a whole copy of its header says; of an ordinary one where there is none.</summary>
    public static FixedPlaces Of(IMedium medium) => ContainerHeader.Find(medium) ?? Ordinary;

    /// <summary>First slot of a copy, in group 0.</summary>
    public int FirstSlot(int copy) => copy == 0 ? 0 : IsSmall ? SmallSecond : OrdinarySecond;

    public long HeaderOffset(int copy) => OffsetOf(copy, 0);

    public long KeySlotsOffset(int copy) => OffsetOf(copy, 1);

    public long RootOffset(int copy, ulong generation) => OffsetOf(copy, 9 + (int)(generation & 1));

    private long OffsetOf(int copy, int slot) => (long)Geometry.SlotSize * (FirstSlot(copy) + slot);
}
