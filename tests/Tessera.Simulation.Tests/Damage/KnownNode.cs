namespace Tessera.Simulation.Tests.Damage;

/// <summary>A directory, file or link of a known state. Never changed: a change makes another.</summary>
/// <param name="Name">Its only name.</param>
/// <param name="Parent">The directory with that name.</param>
/// <param name="IsDirectory">Whether it is one.</param>
/// <param name="Content">A file's bytes; null for others.</param>
internal sealed record KnownNode(string Name, ulong Parent, bool IsDirectory, byte[]? Content);
