namespace Tessera.Container.Format;

/// <summary>An address: group in the upper 32 bits, slot in the lower 32.</summary>
public static class SlotAddress
{
    public static ulong Of(uint group, int slot) => ((ulong)group << 32) | (uint)slot;

    public static uint Group(ulong address) => (uint)(address >> 32);

    public static int Slot(ulong address) => (int)(uint)address;

    /// <summary>Where the slot lies on the medium, bytes.</summary>
    public static long Offset(ulong address) => (Group(address) * Geometry.GroupSize) + ((long)Slot(address) * Geometry.SlotSize);

    /// <summary>The address of a slot by its number on the medium.</summary>
    internal static ulong At(long slot) => Of((uint)(slot / Geometry.SlotsPerGroup), (int)(slot % Geometry.SlotsPerGroup));

    /// <summary>The run of whole stripes that a run touches; with stripes of one slot the run itself.</summary>
    internal static (ulong Address, int Slots) Whole(ulong address, int slots, int stripe)
    {
        int before = Slot(address) % stripe;
        return (address - (uint)before, (before + slots + stripe - 1) / stripe * stripe);
    }

    /// <summary>A run from outside lies within one group of the volume.</summary>
    public static bool IsRun(ulong address, long slots, uint groups) =>
        Group(address) < groups && slots > 0 && (uint)address < Geometry.SlotsPerGroup && (uint)address + slots <= Geometry.SlotsPerGroup;
}
