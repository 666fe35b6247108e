namespace Tessera.Volumes.Checking;

/// <summary>One thing in a volume that is not as it should be.</summary>
/// <param name="Code">A stable name of what it is, for scripts (docs/format/volume.md has the rules that are checked).</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Ino">The inode concerned; 0 when there is none.</param>
/// <param name="Path">Where the inode is, "?" for a part that has no name; null when nothing has a path or it was not looked for.</param>
/// <param name="What">One sentence for people: what is wrong.</param>
/// <param name="Meaning">One sentence for people: what it means for their data.</param>
public sealed record VolumeFinding(string Code, VolumeFindingSeverity Severity, ulong Ino, string? Path, string What, string Meaning);
