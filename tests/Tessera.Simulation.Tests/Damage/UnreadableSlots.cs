using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>A disk some of whose slots cannot be read until they are written anew, as a real one gives a bad sector another place then.</summary>
/// <param name="inner">The disk.</param>
/// <param name="slots">Which; what is written is taken out.</param>
internal sealed class UnreadableSlots(IMedium inner, HashSet<long> slots) : MediumDecorator(inner)
{
    private readonly Lock gate = new();

    public override void Read(long offset, Span<byte> buffer)
    {
        lock (gate)
        {
            long last = (offset + buffer.Length - 1) / Geometry.SlotSize;
            for (long slot = offset / Geometry.SlotSize; slot <= last; slot++)
            {
                if (slots.Contains(slot))
                {
                    throw new MediumException(MediumFault.Failed, $"Slot {slot} cannot be read.");
                }
            }
        }

        base.Read(offset, buffer);
    }

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        base.Write(offset, data, mode);
        lock (gate)
        {
            long end = (offset + data.Length) / Geometry.SlotSize;
            for (long slot = (offset + Geometry.SlotSize - 1) / Geometry.SlotSize; slot < end; slot++)
            {
                slots.Remove(slot);
            }
        }
    }
}
