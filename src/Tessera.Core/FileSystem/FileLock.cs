namespace Tessera.Core.FileSystem;

/// <summary>A lock of fcntl(2) or flock(2) on a range of a file.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte; 2⁶³−1: to the end, however long the file becomes.</param>
/// <param name="Kind">What for.</param>
public readonly record struct FileLock(ulong Start, ulong End, FileLockKind Kind);
