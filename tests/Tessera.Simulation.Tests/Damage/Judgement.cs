namespace Tessera.Simulation.Tests.Damage;

/// <summary>What became of a damaged volume that was judged right.</summary>
/// <param name="Losses">What the repair listed; 0 where nothing can be repaired.</param>
/// <param name="State">The state it is in; null where nothing can be repaired.</param>
internal sealed record Judgement(int Losses, KnownState? State)
{
    public bool IsHopeless => State is null;
}
