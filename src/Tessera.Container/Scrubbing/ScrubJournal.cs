using Tessera.Container.Checking;

namespace Tessera.Container.Scrubbing;

/// <summary>What a scrub has found, each place once, within a limit; and what is to be healed next.</summary>
internal sealed class ScrubJournal(int maxFindings)
{
    private readonly List<Entry> entries = [];
    private readonly HashSet<(FindingKind, ulong?, string?)> known = [];

    public long More { get; private set; }

    public long Count => entries.Count + More;

    /// <summary>Notes a place; false when it was known.</summary>
    /// <param name="finding">What and where.</param>
    /// <param name="way">A key that the damaged node lies on the way to; null when it is no node that can be healed.</param>
    public bool Add(Finding finding, byte[]? way = null)
    {
        if (known.Contains((finding.Kind, finding.Address, finding.Key)))
        {
            return false;
        }

        if (entries.Count >= maxFindings)
        {
            More++;
            return false;
        }

        known.Add((finding.Kind, finding.Address, finding.Key));
        entries.Add(new Entry(finding) { Way = way });
        return true;
    }

    /// <summary>Findings from this place on were made under a root that was lost meanwhile: they may be none.</summary>
    public void ForgetFrom(int count)
    {
        foreach (Entry entry in entries.Skip(count))
        {
            known.Remove((entry.Finding.Kind, entry.Finding.Address, entry.Finding.Key));
        }

        entries.RemoveRange(count, entries.Count - count);
    }

    /// <summary>Findings kept.</summary>
    public int Kept => entries.Count;

    /// <summary>Ways to damaged nodes that nobody has tried to heal, in the order of keys.</summary>
    public byte[][] TakeWays()
    {
        List<byte[]> ways = [];
        foreach (Entry entry in entries)
        {
            if (entry is { Way: { } way, IsTried: false } && ways.Count < ContainerStore.MaxRewrites)
            {
                entry.IsTried = true;
                ways.Add(way);
            }
        }

        ways.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return [.. ways];
    }

    /// <summary>Whether a way is waiting to be healed.</summary>
    public int WaysWaiting => entries.Count(entry => entry is { Way: not null, IsTried: false });

    /// <summary>What was tried is whole now where <paramref name="isWhole"/> says so.</summary>
    public void Heal(Func<byte[], bool> isWhole)
    {
        foreach (Entry entry in entries)
        {
            entry.IsHealed |= entry is { Way: { } way, IsTried: true } && isWhole(way);
        }
    }

    /// <summary>These kinds are healed now, unless they are still found.</summary>
    public void Heal(IReadOnlyCollection<FindingKind> kinds, IReadOnlyList<Finding> still)
    {
        foreach (Entry entry in entries)
        {
            bool isLeft = still.Any(finding => finding.Kind == entry.Finding.Kind && finding.Address == entry.Finding.Address);
            entry.IsHealed |= kinds.Contains(entry.Finding.Kind) && !isLeft;
        }
    }

    public IReadOnlyList<ScrubFinding> Report() => [.. entries.Select(entry => new ScrubFinding(entry.Finding, entry.IsHealed))];

    private sealed class Entry(Finding finding)
    {
        public Finding Finding => finding;

        public byte[]? Way { get; init; }

        public bool IsTried { get; set; }

        public bool IsHealed { get; set; }
    }
}
