using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tessera.Container.Format;

namespace Tessera.Container.Space;

/// <summary>The runs that changed hands between two roots, in the order they did. Not thread-safe.</summary>
public sealed class SpaceChanges
{
    public const int EncodedSize = 16;
    private readonly List<SpaceChange> runs = [];

    public ReadOnlySpan<SpaceChange> Runs => CollectionsMarshal.AsSpan(runs);

    public int EncodedLength => runs.Count * EncodedSize;

    /// <summary>Slots taken less slots given up.</summary>
    public long NetSlots { get; private set; }

    /// <summary>Slots given up.</summary>
    public long GivenUpSlots { get; private set; }

    public void Take(ulong address, int slots) => Append(new SpaceChange(address, slots, Taken: true));

    public void GiveUp(ulong address, int slots) => Append(new SpaceChange(address, slots, Taken: false));

    public void AddRange(SpaceChanges others)
    {
        foreach (SpaceChange change in others.Runs)
        {
            Append(change);
        }
    }

    public void Encode(Span<byte> target)
    {
        foreach (SpaceChange change in Runs)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target, change.Address);
            BinaryPrimitives.WriteInt32LittleEndian(target[8..], change.Slots);
            BinaryPrimitives.WriteInt32LittleEndian(target[12..], change.Taken ? 1 : 0);
            target = target[EncodedSize..];
        }
    }

    /// <exception cref="ContainerFormatException">A run lies outside the volume.</exception>
    public static SpaceChanges Decode(ReadOnlySpan<byte> source, uint groups)
    {
        var changes = new SpaceChanges();
        for (; source.Length >= EncodedSize; source = source[EncodedSize..])
        {
            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(source);
            int slots = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
            if (!SlotAddress.IsRun(address, slots, groups))
            {
                throw new ContainerFormatException(FormatFault.Damaged, $"The space changes name a run outside the volume (address {address:x}, {slots} slots).");
            }

            changes.Append(new SpaceChange(address, slots, BinaryPrimitives.ReadInt32LittleEndian(source[12..]) == 1));
        }

        return changes;
    }

    private void Append(SpaceChange change)
    {
        GivenUpSlots += change.Taken ? 0 : change.Slots;
        NetSlots += change.Taken ? change.Slots : -change.Slots;
        if (runs.Count > 0)
        {
            SpaceChange last = runs[^1];
            if (last.Taken == change.Taken && last.Address + (ulong)last.Slots == change.Address
                && SlotAddress.Slot(last.Address) + last.Slots + change.Slots <= Geometry.SlotsPerGroup)
            {
                runs[^1] = last with { Slots = last.Slots + change.Slots };
                return;
            }
        }

        runs.Add(change);
    }
}
