namespace Tessera.Simulation.Tests.Adversary;

/// <summary>One write that a watcher of the disk sees.</summary>
/// <param name="Slot">Where it begins.</param>
/// <param name="Slots">How long it is.</param>
internal readonly record struct SlotWrite(long Slot, int Slots);
