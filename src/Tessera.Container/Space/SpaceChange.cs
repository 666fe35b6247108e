namespace Tessera.Container.Space;

/// <summary>A run of slots that changed hands.</summary>
public readonly record struct SpaceChange(ulong Address, int Slots, bool Taken);
