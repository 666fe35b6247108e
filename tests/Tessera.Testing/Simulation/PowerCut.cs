namespace Tessera.Testing.Simulation;

/// <summary>One way for the power to fail: during which operation, and what luck the unflushed sectors have. Printing it is enough to repeat it.</summary>
/// <param name="Operation">The operation in flight: those before it had completed. Equal to the count of operations: none was in flight.</param>
/// <param name="Seed">Decides what survives.</param>
/// <param name="Mode">The pattern of survival.</param>
public readonly record struct PowerCut(int Operation, ulong Seed, CutMode Mode);
