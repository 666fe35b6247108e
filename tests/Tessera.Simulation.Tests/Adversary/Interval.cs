namespace Tessera.Simulation.Tests.Adversary;

/// <summary>What was written between two checkpoints.</summary>
/// <param name="Writes">As the watcher saw it.</param>
/// <param name="Real">Slots that hold data now; the others were decoys.</param>
internal sealed record Interval(IReadOnlyList<SlotWrite> Writes, IReadOnlySet<long> Real);
