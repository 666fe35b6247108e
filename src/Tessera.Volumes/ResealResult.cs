namespace Tessera.Volumes;

/// <summary>What <see cref="Volume.ResealAsync"/> did.</summary>
/// <param name="Bytes">Contents written anew.</param>
/// <param name="Damaged">Extents whose bytes do not open, which stay as they are.</param>
/// <param name="HasRoom">False: it ended because the volume is full.</param>
public sealed record ResealResult(long Bytes, long Damaged, bool HasRoom);
