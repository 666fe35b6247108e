using System.Collections.Immutable;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>The state of a volume after each change, from an empty one on: what damage leaves is one of them, and never a mixture.</summary>
internal sealed class KnownHistory
{
    private readonly List<KnownState> states = [new KnownState(0, ImmutableDictionary<ulong, KnownNode>.Empty)];

    public KnownState Last => states[^1];

    public int Count => states.Count;

    /// <summary>A change was acknowledged; the store's last commit is this one.</summary>
    public void Add(ulong sequence, ImmutableDictionary<ulong, KnownNode> nodes) => states.Add(new KnownState(sequence, nodes));

    /// <summary>The state that a store whose last commit is this one holds.</summary>
    public KnownState At(ulong sequence) => states[states.FindLastIndex(state => state.Sequence <= sequence)];
}
