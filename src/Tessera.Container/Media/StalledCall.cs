namespace Tessera.Container.Media;

/// <summary>A call that waits for a disk, or waited and has ended.</summary>
/// <param name="Call">Which.</param>
/// <param name="Offset">Where, bytes; the new length of a growth.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Waited">How long so far.</param>
/// <param name="HasEnded">It came back, well or not.</param>
public readonly record struct StalledCall(MediumCall Call, long Offset, long Length, TimeSpan Waited, bool HasEnded);
