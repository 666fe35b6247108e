using Tessera.Core.FileSystem;

namespace Tessera.Wire.Exporting;

/// <summary>What came of a step.</summary>
/// <param name="Error">Its errno; the steps after it are not done then.</param>
/// <param name="Length">Bytes of its result.</param>
/// <param name="Ino">The inode it was about or gave.</param>
/// <param name="Handle">The handle it gave; 0: none.</param>
internal readonly record struct StepOutcome(FsError Error, int Length = 0, ulong Ino = 0, ulong Handle = 0);
