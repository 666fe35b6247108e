using Tessera.Container.Format;

namespace Tessera.Container.Remembering;

/// <summary>What is on a medium, to be compared with what is remembered.</summary>
/// <param name="Root">The newest root that opens.</param>
/// <param name="Sequence">The last commit, of those in the log too where that was read.</param>
internal sealed record FoundState(RootRecord Root, ulong Sequence)
{
    /// <summary>The session table was read. Where it is damaged only generations can be compared.</summary>
    public bool KnowsSessions { get; init; } = true;

    /// <summary>No root opens where the newer one belongs: it is damaged, and not an older one.</summary>
    public bool LacksNewest { get; init; }
}
