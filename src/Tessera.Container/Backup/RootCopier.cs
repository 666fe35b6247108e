using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Copies a pinned root, and what it has that an earlier one has not, into a backup file: sealed bytes only, each authentic when it was read.</summary>
internal sealed class RootCopier
{
    /// <summary>Nobody changes keys faster than they can be read as often.</summary>
    private const int MaxKeyReads = 8;
    private readonly ContainerStore store;
    private readonly ContainerParts parts;
    private readonly FixedPlaces places;
    private readonly RootPin pin;
    private readonly BackupFileWriter file;
    private readonly ProgressMeter meter;
    private readonly Action<string>? report;
    private readonly AlignedBuffer block = new(BlockStore.MaxSlots * Geometry.SlotSize);

    public RootCopier(ContainerStore store, RootPin pin, BackupFileWriter file, ProgressMeter meter, Action<string>? report)
    {
        this.store = store;
        this.pin = pin;
        this.file = file;
        this.meter = meter;
        this.report = report;
        parts = store.Parts;
        places = parts.Header.Places;
    }

    public long Nodes { get; private set; }

    public long Blocks { get; private set; }

    public long DamagedBlocks { get; private set; }

    /// <exception cref="BackupException">The pin was lost.</exception>
    /// <exception cref="StoreDamageException">The tree is damaged.</exception>
    public void Copy(BlockOwner owner, BackupBase since)
    {
        CopyHeaderAndKeys();
        CopyRoot();
        CopyChain(pin.Root.Sessions, Purposes.Sessions);
        CopyChain(pin.Root.LogMap, Purposes.LogMap);
        CopyChain(pin.Root.SpaceChanges, Purposes.SpaceChanges);
        CopyEmptyLog();
        try
        {
            new TreeWalker(parts.Nodes, owner, since, this).Walk(pin.Tree);
        }
        catch (StoreDamageException) when (!pin.IsHeld)
        {
            throw PinLost();
        }
    }

    /// <summary>An authentic node, with its slots as they are stored.</summary>
    public void CopyNode(NodeReference reference, ReadOnlySpan<byte> stored)
    {
        ThrowIfPinLost();
        int slots = reference.SingleSlots ? 1 : reference.Slots;
        for (int i = 0; i < reference.PlacementsPerCopy; i++)
        {
            // Both copies of a node are the same bytes: once in the file is enough.
            Add([reference.Placement(0, i), reference.Placement(1, i)], stored.Slice(i * Geometry.SlotSize, slots * Geometry.SlotSize));
        }

        Nodes++;
    }

    public void CopyBlock(BlockReference block)
    {
        Span<byte> stored = this.block.Span[..(BlockStore.SlotsOf(Math.Min(block.Length, StoreLimits.MaxBlock)) * Geometry.SlotSize)];
        try
        {
            store.Blocks.ReadStored(block, stored);
        }
        catch (StoreDamageException damage) when (pin.IsHeld)
        {
            DamagedBlocks++;
            report?.Invoke($"{damage.Message} It is not in the backup.");
            return;
        }
        catch (StoreDamageException)
        {
            throw PinLost();
        }

        ThrowIfPinLost();
        Add([block.Address], stored);
        Blocks++;
    }

    /// <summary>A copy of a node does not open: the other one goes to both places.</summary>
    public void NoteDamagedCopy(NodeReference reference, int copy)
    {
        if (pin.IsHeld)
        {
            report?.Invoke($"Copy {copy} of a tree node is damaged (level {reference.Level}, address {reference.Placement(copy, 0):x}).");
        }
    }

    /// <summary>Copies both ends of the volume, of which one is whole: key changes write one copy after the other, in either order. So if copy A was torn when
    /// it was read, and its change went on to B meanwhile, A reads differently afterwards, and all is read again.</summary>
    private void CopyHeaderAndKeys()
    {
        const int Length = Geometry.SlotSize + Geometry.KeySlotsLength;
        Span<byte> first = block.Span[..Length];
        Span<byte> second = block.Span.Slice(Length, Length);
        Span<byte> again = block.Span.Slice(2 * Length, Length);
        ulong firstAt = SlotAddress.Of(0, (int)(places.HeaderOffset(0) / Geometry.SlotSize));
        ulong secondAt = SlotAddress.Of(0, (int)(places.HeaderOffset(1) / Geometry.SlotSize));
        bool hasFirst;
        bool hasSecond;
        int tries = 0;
        do
        {
            hasFirst = TryRead(firstAt, first);
            hasSecond = TryRead(secondAt, second);
        }
        while (hasFirst && TryRead(firstAt, again) && !first.SequenceEqual(again) && ++tries < MaxKeyReads);
        if (hasFirst)
        {
            Add([firstAt], first);
        }

        if (hasSecond)
        {
            Add([secondAt], second);
        }
    }

    /// <summary>The root as a clean close would have left it: what it names is all there is. Its salt is its own, so no nonce is used twice.</summary>
    private void CopyRoot()
    {
        Span<byte> page = block.Span[..Geometry.SlotSize];
        parts.Roots.Seal(pin.Root with { Clean = true }, page);
        Add(RootAddresses(pin.Root.Generation), page);
        file.AddZeros(RootAddresses(pin.Root.Generation + 1), 1);
    }

    private void CopyChain(ChainReference chain, string purpose)
    {
        var slots = new List<ulong>();
        parts.Chains.Read(chain, purpose, pin.Root.Groups, slots.Add);
        foreach (ulong slot in slots)
        {
            CopyRaw(slot);
        }
    }

    /// <summary>Nothing is in the log that the root does not hold; zeros authenticate as no record, and are there for the next session to write into.</summary>
    private void CopyEmptyLog()
    {
        foreach (ulong extent in ContainerOpener.ReadLogMap(parts.Chains, pin.Root))
        {
            file.AddZeros([extent], pin.Root.Log.ExtentSlots);
            meter.Add((long)pin.Root.Log.ExtentSlots * Geometry.SlotSize);
        }
    }

    /// <summary>Copies a slot of which there are two copies: one that cannot be read is left out.</summary>
    private void CopyRaw(ulong address)
    {
        Span<byte> stored = block.Span[..Geometry.SlotSize];
        if (TryRead(address, stored))
        {
            Add([address], stored);
        }
    }

    private bool TryRead(ulong address, Span<byte> stored)
    {
        try
        {
            parts.Medium.Read(SlotAddress.Offset(address), stored);
        }
        catch (MediumException failure)
        {
            report?.Invoke($"Address {address:x} cannot be read: {failure.Message}");
            return false;
        }

        ThrowIfPinLost();
        return true;
    }

    private void Add(ReadOnlySpan<ulong> addresses, ReadOnlySpan<byte> stored)
    {
        file.Add(addresses, stored);
        meter.Add((long)stored.Length * addresses.Length);
    }

    private ulong[] RootAddresses(ulong generation) =>
    [
        SlotAddress.Of(0, (int)(places.RootOffset(0, generation) / Geometry.SlotSize)),
        SlotAddress.Of(0, (int)(places.RootOffset(1, generation) / Geometry.SlotSize)),
    ];

    private void ThrowIfPinLost()
    {
        if (!pin.IsHeld)
        {
            throw PinLost();
        }
    }

    private static BackupException PinLost() => new(
        BackupFault.OutOfRoom,
        "The volume was closed, or needed the space that the backup held back. Make room in it, and back up again; earlier backups are untouched.");
}
