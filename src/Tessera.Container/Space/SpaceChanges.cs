using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Space;

/// <summary>The runs that changed hands between two roots, in the order they did. Not thread-safe.</summary>
public sealed class SpaceChanges
{
    public const int EncodedSize = 16;

    /// <summary>Kinds of entries: what the last number of each is.</summary>
    private const int GivenUp = 0;
    private const int Taken = 1;
    private const int MarkId = 2;
    private const int MarkGeneration = 3;
    private const int EntriesOfMark = 2;
    private readonly List<SpaceChange> runs = [];
    private List<PartMark> marks = [];

    /// <summary>Slots of a stripe, which change hands together; 1 where there are none.</summary>
    public int Stripe { get; init; } = 1;

    public ReadOnlySpan<SpaceChange> Runs => CollectionsMarshal.AsSpan(runs);

    /// <summary>What the root says of the files of a folder besides; of other media nothing.</summary>
    public IReadOnlyList<PartMark> Marks
    {
        get => marks;
        set => marks = [.. value];
    }

    public int EncodedLength => (runs.Count + (Marks.Count * EntriesOfMark)) * EncodedSize;

    /// <summary>Slots taken less slots given up.</summary>
    public long NetSlots { get; private set; }

    /// <summary>Slots given up.</summary>
    public long GivenUpSlots { get; private set; }

    public void Take(ulong address, int slots)
    {
        (address, slots) = SlotAddress.Whole(address, slots, Stripe);
        Append(new SpaceChange(address, slots, Taken: true));
    }

    public void GiveUp(ulong address, int slots)
    {
        (address, slots) = SlotAddress.Whole(address, slots, Stripe);
        Append(new SpaceChange(address, slots, Taken: false));
    }

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
            BinaryPrimitives.WriteInt32LittleEndian(target[12..], change.Taken ? Taken : GivenUp);
            target = target[EncodedSize..];
        }

        for (int part = 0; part < Marks.Count; part++)
        {
            EncodeNumber(target, Marks[part].Id, part, MarkId);
            EncodeNumber(target[EncodedSize..], Marks[part].Generation, part, MarkGeneration);
            target = target[(EntriesOfMark * EncodedSize)..];
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
            int kind = BinaryPrimitives.ReadInt32LittleEndian(source[12..]);
            if (kind is MarkId or MarkGeneration)
            {
                changes.AddMark(slots, kind, address);
                continue;
            }

            if (!SlotAddress.IsRun(address, slots, groups))
            {
                throw new ContainerFormatException(FormatFault.Damaged, $"The space changes name a run outside the volume (address {address:x}, {slots} slots).");
            }

            changes.Append(new SpaceChange(address, slots, kind == Taken));
        }

        return changes;
    }

    private static void EncodeNumber(Span<byte> target, ulong number, int part, int kind)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, number);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], part);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], kind);
    }

    /// <summary>Marks come in the order of their files, the id before the generation.</summary>
    private void AddMark(int part, int kind, ulong number)
    {
        if (part < 0 || part >= IPartedMedium.MostParts || part != Marks.Count - (kind == MarkId ? 0 : 1))
        {
            throw new ContainerFormatException(FormatFault.Damaged, $"What the root says of file {part} is out of its place.");
        }

        if (kind == MarkId)
        {
            marks.Add(new PartMark(0, number));
        }
        else
        {
            marks[part] = marks[part] with { Generation = number };
        }
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
