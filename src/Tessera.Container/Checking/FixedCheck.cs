using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;

namespace Tessera.Container.Checking;

/// <summary>Checks what lies at fixed places: both copies of the header and of the two kept roots.</summary>
internal sealed class FixedCheck(IMedium medium, FixedPlaces places, CheckJournal journal)
{
    private readonly AlignedBuffer page = new(Geometry.SlotSize);

    public void CheckHeader()
    {
        byte[]? first = null;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            long offset = places.HeaderOffset(copy);
            if (!TryRead(offset) || !ContainerHeader.IsWhole(page.Span))
            {
                journal.Add(new Finding(FindingKind.HeaderCopyDamaged, FindingSeverity.Repairable, $"{Name(copy)} of the header is damaged.", AddressOf(offset)));
            }
            else if (first is null)
            {
                first = page.Span.ToArray();
            }
            else if (!page.Span.SequenceEqual(first))
            {
                journal.Add(new Finding(FindingKind.HeaderCopiesDiffer, FindingSeverity.Inconsistent, "The two copies of the header are whole and differ.", AddressOf(offset)));
            }
        }
    }

    /// <summary>Checks the copies of the newest root and of the one before it.</summary>
    /// <remarks>A process that ends between the two copies of a root leaves copy B at the root two generations back, or never written: that is no
    /// damage. A root that was never written is zeros: the other one is enough.</remarks>
    public void CheckRoots(RootStore roots, RootRecord newest)
    {
        ulong parity = newest.Generation & 1;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            RootRecord? root = roots.ReadCopy(copy, parity);
            bool isBehind = copy == 1 && (root is null ? newest.Generation <= 2 && (roots.HidesUnused || IsZeros(copy, parity)) : root.Generation < newest.Generation);
            if (root?.Generation != newest.Generation && !isBehind)
            {
                Report(copy, newest.Generation);
            }
        }

        CheckOlder(roots, newest.Generation - 1);
    }

    private void CheckOlder(RootStore roots, ulong generation)
    {
        if (generation == 0)
        {
            return; // There is none: its slots hold what formatting left there.
        }

        bool[] whole = new bool[Geometry.Copies];
        bool[] zeros = new bool[Geometry.Copies];
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            whole[copy] = roots.ReadCopy(copy, generation & 1)?.Generation == generation;
            zeros[copy] = !whole[copy] && IsZeros(copy, generation & 1);
        }

        if (whole.All(each => each) || zeros.All(each => each))
        {
            return;
        }

        if (whole.Any(each => each))
        {
            Report(Array.IndexOf(whole, false), generation);
            return;
        }

        journal.Add(new Finding(
            FindingKind.OlderRootDamaged,
            FindingSeverity.Repairable,
            $"No copy of the root of generation {generation} opens; the newer one is whole, and the next checkpoint replaces the older.",
            AddressOf(places.RootOffset(0, generation))));
    }

    private void Report(int copy, ulong generation) => journal.Add(new Finding(
        FindingKind.RootCopyDamaged,
        FindingSeverity.Repairable,
        $"{Name(copy)} of the root of generation {generation} is damaged.",
        AddressOf(places.RootOffset(copy, generation))));

    private bool IsZeros(int copy, ulong generation) =>
        TryRead(places.RootOffset(copy, generation)) && !page.Span.ContainsAnyExcept((byte)0);

    private bool TryRead(long offset)
    {
        try
        {
            medium.Read(offset, page.Span);
            return true;
        }
        catch (MediumException)
        {
            return false; // Unreadable is a finding like damaged; the caller makes it.
        }
    }

    private static string Name(int copy) => copy == 0 ? "Copy A" : "Copy B";

    private static ulong AddressOf(long offset) => SlotAddress.Of(0, (int)(offset / Geometry.SlotSize));
}
