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
    private readonly ContainerStore store;
    private readonly ContainerParts parts;
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

    /// <summary>Copy A first: key changes write B first, so at least one of the two is whole in any case.</summary>
    private void CopyHeaderAndKeys()
    {
        const int Slots = 1 + (Geometry.KeySlotsLength / Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            CopyRaw(SlotAddress.Of(0, (int)(Geometry.HeaderOffset(copy) / Geometry.SlotSize)), Slots);
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
            CopyRaw(slot, 1);
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

    /// <summary>Copies slots of which there are two copies: one that cannot be read is left out.</summary>
    private void CopyRaw(ulong address, int slots)
    {
        Span<byte> stored = block.Span[..(slots * Geometry.SlotSize)];
        try
        {
            parts.Medium.Read(SlotAddress.Offset(address), stored);
        }
        catch (MediumException failure)
        {
            report?.Invoke($"Address {address:x} cannot be read: {failure.Message}");
            return;
        }

        ThrowIfPinLost();
        Add([address], stored);
    }

    private void Add(ReadOnlySpan<ulong> addresses, ReadOnlySpan<byte> stored)
    {
        file.Add(addresses, stored);
        meter.Add((long)stored.Length * addresses.Length);
    }

    private static ulong[] RootAddresses(ulong generation) =>
    [
        SlotAddress.Of(0, (int)(Geometry.RootOffset(0, generation) / Geometry.SlotSize)),
        SlotAddress.Of(0, (int)(Geometry.RootOffset(1, generation) / Geometry.SlotSize)),
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
