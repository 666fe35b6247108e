using System.Collections.Immutable;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>What a volume was told and said yes to: the state in the store after each step, which of them must survive what, and what is in memory only.</summary>
internal sealed class VolumeModel
{
    private readonly List<ImmutableSortedDictionary<string, string>> states = [];
    private readonly List<ImmutableSortedDictionary<string, string>> maybe = [];
    private readonly HashSet<string> doubted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> lastChange = new(StringComparer.Ordinal);

    public VolumeModel(ImmutableSortedDictionary<string, string> start)
    {
        Live = start;
        states.Add(start);
    }

    /// <summary>As programs see it, unwritten bytes included.</summary>
    public ImmutableSortedDictionary<string, string> Live { get; set; }

    /// <summary>As the store has it.</summary>
    public ImmutableSortedDictionary<string, string> Stored => states[^1];

    /// <summary>The step up to which all survives a power cut.</summary>
    public int Durable { get; private set; }

    /// <summary>Errors programs were shown.</summary>
    public int Errors { get; set; }

    /// <summary>A change of what the names stand for was acknowledged.</summary>
    public void Store(Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change, params ReadOnlySpan<string> names)
    {
        ImmutableSortedDictionary<string, string> changed = change(Stored);
        if (IsSame(Stored, changed))
        {
            return; // A flush or sync that had nothing to store: it promises no more than the last change did.
        }

        states.Add(changed);
        foreach (string name in names)
        {
            lastChange[name] = states.Count - 1;
        }
    }

    /// <summary>A change failed and took the store's ability to write with it: it may be there or not, and what programs still see of it is not promised.</summary>
    public void Doubt(Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change)
    {
        ImmutableSortedDictionary<string, string> changed = change(Live);
        maybe.Add(change(Stored));
        maybe.Add(changed);
        doubted.UnionWith(Live.Keys.Union(changed.Keys, StringComparer.Ordinal).Where(path => !IsSame(Live, changed, path)));
    }

    /// <summary>One of them was synced: its last change survives, and all before it in the one order of changes.</summary>
    public void MakeDurable(string name) => Durable = Math.Max(Durable, lastChange.GetValueOrDefault(name));

    public void MakeAllDurable() => Durable = states.Count - 1;

    /// <summary>What a process that comes after a kill may find: all that was acknowledged.</summary>
    public string? JudgeKilled(ImmutableSortedDictionary<string, string> found) => Judge(found, states.Count - 1);

    /// <summary>What is found after a power cut: one state of the one order, none older than the last sync.</summary>
    public string? JudgeCut(ImmutableSortedDictionary<string, string> found) => Judge(found, Durable);

    public string? JudgeLive(ImmutableSortedDictionary<string, string> found)
    {
        ImmutableSortedDictionary<string, string> expected = Live.RemoveRange(doubted);
        ImmutableSortedDictionary<string, string> seen = found.RemoveRange(doubted);
        return IsSame(expected, seen) ? null : VolumeState.Differences(expected, seen);
    }

    private string? Judge(ImmutableSortedDictionary<string, string> found, int least) =>
        states.Skip(least).Concat(maybe).Any(state => IsSame(state, found)) ? null : VolumeState.Differences(Stored, found);

    private static bool IsSame(ImmutableSortedDictionary<string, string> a, ImmutableSortedDictionary<string, string> b) =>
        a.Count == b.Count && a.Keys.All(path => IsSame(a, b, path));

    private static bool IsSame(ImmutableSortedDictionary<string, string> a, ImmutableSortedDictionary<string, string> b, string path) =>
        string.Equals(a.GetValueOrDefault(path), b.GetValueOrDefault(path), StringComparison.Ordinal);
}
