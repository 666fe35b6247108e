namespace Tessera.Core.FileSystem;

/// <summary>The outcome of a file system operation: 0, or an errno of Linux (errno(3), asm-generic/errno.h).</summary>
/// <remarks>Outcomes are values; an exception is a fault of the medium or of ourselves and becomes <see cref="IO"/> at the door.</remarks>
public enum FsError
{
    None = 0,
    NotPermitted = 1,
    NotFound = 2,
    Interrupted = 4,
    IO = 5,

    /// <summary>ENXIO: nothing lies at the place asked for (lseek(2)).</summary>
    NoSuchAddress = 6,
    BadHandle = 9,
    TryAgain = 11,
    OutOfMemory = 12,
    AccessDenied = 13,
    Busy = 16,
    Exists = 17,
    CrossDevice = 18,
    NotDirectory = 20,
    IsDirectory = 21,
    InvalidArgument = 22,
    TooManyOpenFiles = 24,
    FileTooBig = 27,
    NoSpace = 28,
    ReadOnly = 30,
    TooManyLinks = 31,
    OutOfRange = 34,
    NameTooLong = 36,

    /// <summary>ENOLCK: as many locks as one may hold.</summary>
    NoLocks = 37,
    NotImplemented = 38,
    NotEmpty = 39,
    TooManySymlinks = 40,
    NoData = 61,
    Overflow = 75,
    NotSupported = 95,

    /// <summary>ENOTCONN: the other end of the wire is gone, and is not waited for any longer.</summary>
    NotConnected = 107,

    /// <summary>ETIMEDOUT: the other end of the wire is there, and does not answer.</summary>
    TimedOut = 110,
    Stale = 116,
    QuotaExceeded = 122,
}
