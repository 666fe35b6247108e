namespace Tessera.Volumes.Repairing;

/// <summary>Something that is gone, or is not as it was, after a repair.</summary>
/// <param name="Code">A stable name of what it is, for scripts (docs/guide/checking.md, Repair).</param>
/// <param name="Ino">The inode; 0 when there is none.</param>
/// <param name="Path">Its path after the repair; null when nothing has one.</param>
/// <param name="What">One sentence for people.</param>
/// <param name="Start">The first lost byte; null when it is no range of a file.</param>
/// <param name="End">The byte after the last.</param>
public sealed record VolumeLoss(string Code, ulong Ino, string? Path, string What, long? Start = null, long? End = null);
