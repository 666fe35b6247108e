namespace Tessera.Simulation.Tests.Adversary;

/// <summary>One medium: what is measured on it, and which of the two worlds it is of.</summary>
internal sealed record Game(IReadOnlyList<(string Name, double Value)> Features, bool IsSecond);
