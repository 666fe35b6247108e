namespace Tessera.Volumes.Damage;

/// <summary>Bytes of a file that cannot be read.</summary>
/// <param name="Ino">The file.</param>
/// <param name="Path">Its path, or one of them; null when no name was found.</param>
/// <param name="Start">The first such byte.</param>
/// <param name="End">The byte after the last.</param>
public sealed record LostRange(ulong Ino, string? Path, long Start, long End);
