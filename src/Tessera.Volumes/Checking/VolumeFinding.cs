namespace Tessera.Volumes.Checking;

/// <summary>One thing in a volume that is not as it should be.</summary>
/// <param name="Code">A stable name of what it is, for scripts.</param>
/// <param name="Ino">The inode concerned; 0 when there is none.</param>
/// <param name="What">One sentence for people.</param>
public sealed record VolumeFinding(string Code, ulong Ino, string What);
