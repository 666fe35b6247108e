namespace Tessera.Core.FileSystem;

/// <summary>Who holds a lock, as the door tells them apart.</summary>
/// <param name="Id">The process (fcntl(2)) or the open file (flock(2), and F_OFD_SETLK of fcntl(2)).</param>
/// <param name="IsFlock">A lock of flock(2): it never meets one of fcntl(2).</param>
public readonly record struct LockOwner(ulong Id, bool IsFlock);
