namespace Tessera.Fuse;

/// <summary>
/// Capabilities negotiated at INIT: the <c>FUSE_*</c> flag bits of <c>fuse_init_in</c>/<c>fuse_init_out</c>, low word first.
/// A feature is on when both the kernel offers it and <see cref="FuseOptions.Features"/> asks for it.
/// </summary>
[Flags]
public enum FuseFeatures : ulong
{
    None = 0,
    AsyncRead = 1UL << 0,
    PosixLocks = 1UL << 1,
    FileOperations = 1UL << 2,
    AtomicTruncateOnOpen = 1UL << 3,

    /// <summary>The file system answers LOOKUP of "." and "..", so that the mount can be exported and reopened by handle.</summary>
    ExportSupport = 1UL << 4,
    BigWrites = 1UL << 5,

    /// <summary>The kernel does not apply the umask: the file system must.</summary>
    DontMask = 1UL << 6,
    SpliceWrite = 1UL << 7,
    SpliceMove = 1UL << 8,
    SpliceRead = 1UL << 9,
    FlockLocks = 1UL << 10,
    IoctlOnDirectories = 1UL << 11,
    AutoInvalidateData = 1UL << 12,
    ReadDirectoryPlus = 1UL << 13,
    ReadDirectoryPlusAuto = 1UL << 14,
    AsyncDirectIo = 1UL << 15,

    /// <summary>
    /// Writes stay in the page cache until flushed. O_WRONLY opens then see reads, O_APPEND is applied by the kernel, and the
    /// kernel's size and mtime win over the file system's. It silently disables <see cref="Passthrough"/>.
    /// </summary>
    WritebackCache = 1UL << 16,
    NoOpenSupport = 1UL << 17,
    ParallelDirectoryOperations = 1UL << 18,
    HandleKillPrivileges = 1UL << 19,
    PosixAcl = 1UL << 20,
    AbortError = 1UL << 21,
    MaxPages = 1UL << 22,
    CacheSymlinks = 1UL << 23,
    NoOpenDirectorySupport = 1UL << 24,
    ExplicitInvalidateData = 1UL << 25,
    MapAlignment = 1UL << 26,
    Submounts = 1UL << 27,

    /// <summary>
    /// The file system clears suid and sgid itself: on WRITE with <see cref="WriteFlags.KillSuidGid"/>, on SETATTR with
    /// <see cref="SetAttributesFields.KillSuidGid"/>, and on a truncating open with <see cref="OpenInFlags.KillSuidGid"/>. Saves a GETXATTR per write.
    /// </summary>
    HandleKillPrivilegesV2 = 1UL << 28,
    SetXattrExtended = 1UL << 29,
    InitExtended = 1UL << 30,
    SecurityContext = 1UL << 32,
    InodeDax = 1UL << 33,

    /// <summary>Creating requests carry the parent's group when the caller is a member of it: <see cref="FuseRequest.TryGetSupplementaryGroup"/>.</summary>
    CreateSupplementaryGroup = 1UL << 34,
    ExpireOnly = 1UL << 35,
    DirectIoAllowMmap = 1UL << 36,
    Passthrough = 1UL << 37,
    NoExportSupport = 1UL << 38,
    Resend = 1UL << 39,
    AllowIdMap = 1UL << 40,
    OverIoUring = 1UL << 41,
    RequestTimeout = 1UL << 42,
}
