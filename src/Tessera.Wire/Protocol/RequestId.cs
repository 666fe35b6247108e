namespace Tessera.Wire.Protocol;

/// <summary>Which request it is: the slot it takes, and the how-manieth of that slot (the slot table of NFSv4.1, RFC 8881, section 2.10.6).</summary>
/// <param name="Slot">0 to <see cref="WireLimits.Slots"/> − 1: the low 16 bits.</param>
/// <param name="Sequence">From 1: the other 48 bits.</param>
public readonly record struct RequestId(int Slot, ulong Sequence)
{
    private const int SlotBits = 16;

    public ulong Encoded => (Sequence << SlotBits) | (uint)Slot;

    public static RequestId Decode(ulong id) => new((int)(id & ((1 << SlotBits) - 1)), id >> SlotBits);
}
