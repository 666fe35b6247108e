namespace Tessera.Wire.Importing;

/// <summary>A name that this end has changed.</summary>
/// <param name="Change">When the last change of it began, by <see cref="ChangeClock"/>.</param>
/// <param name="Ino">The inode that has it since; 0: only the exporter knows.</param>
internal readonly record struct TouchedName(long Change, ulong Ino);
