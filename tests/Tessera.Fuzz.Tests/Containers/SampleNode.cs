namespace Tessera.Fuzz.Tests.Containers;

/// <summary>A tree node, opened.</summary>
/// <param name="Reference">As its parent, or the root, names it.</param>
/// <param name="Plain">What is sealed.</param>
/// <param name="Parent">Its parent's place in <see cref="SealedSample.Nodes"/>; −1 for the top.</param>
internal sealed record SampleNode(byte[] Reference, byte[] Plain, int Parent);
