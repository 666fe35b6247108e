namespace Tessera.Fuse;

/// <summary><c>F_RDLCK</c>, <c>F_WRLCK</c> and <c>F_UNLCK</c> of fcntl(2).</summary>
public enum LockType : uint
{
    Read = 0,
    Write = 1,
    Unlock = 2,
}
