namespace Tessera.Core.FileSystem;

/// <summary>F_RDLCK, F_WRLCK and F_UNLCK of fcntl(2).</summary>
public enum FileLockKind
{
    /// <summary>Others may hold such locks too.</summary>
    Shared = 0,

    /// <summary>Nobody else holds any.</summary>
    Exclusive = 1,

    /// <summary>None: what is held is let go.</summary>
    None = 2,
}
