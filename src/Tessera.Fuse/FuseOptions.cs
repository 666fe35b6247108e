namespace Tessera.Fuse;

/// <summary>What a server asks of the kernel at INIT, and the limits it keeps itself.</summary>
public sealed record FuseOptions
{
    /// <summary>The largest WRITE and READ the kernel may send: 256 pages of 4 KiB, its own ceiling (<c>FUSE_MAX_MAX_PAGES</c>).</summary>
    public const int LargestMaxWrite = 1 << 20;

    /// <summary>The kernel refuses to mount with less than a page.</summary>
    public const int SmallestMaxWrite = 4096;

    /// <summary>Features most file systems want; each needs nothing from the file system that a default answer does not give.</summary>
    /// <remarks>Not <see cref="FuseFeatures.AtomicTruncateOnOpen"/>: without the write-back cache fuse_open() of Linux 6.18 then takes no lock of the inode.
    /// A truncation came between two WRITEs of one write(2), and what was stored through a mapping and on its way came after it, length and all. The
    /// SETATTR that the kernel sends otherwise waits for both.</remarks>
    public const FuseFeatures DefaultFeatures =
        FuseFeatures.AsyncRead | FuseFeatures.BigWrites | FuseFeatures.AsyncDirectIo
        | FuseFeatures.ParallelDirectoryOperations | FuseFeatures.CacheSymlinks | FuseFeatures.AutoInvalidateData
        | FuseFeatures.MaxPages | FuseFeatures.SetXattrExtended | FuseFeatures.ExpireOnly;

    /// <summary>Features that need answers this library does not give: to offer them would lose requests.</summary>
    private const FuseFeatures Unsupported =
        FuseFeatures.OverIoUring | FuseFeatures.SecurityContext | FuseFeatures.MapAlignment | FuseFeatures.InodeDax
        | FuseFeatures.RequestTimeout;

    /// <summary>
    /// Features to turn on if the kernel has them. <see cref="FuseFeatures.InitExtended"/> and <see cref="FuseFeatures.MaxPages"/> are
    /// added.
    /// </summary>
    public FuseFeatures Features { get; init; } = DefaultFeatures;

    /// <summary>Bytes in one WRITE or READ, from <see cref="SmallestMaxWrite"/> to <see cref="LargestMaxWrite"/>.</summary>
    public int MaxWrite { get; init; } = LargestMaxWrite;

    /// <summary>Bytes the kernel may read ahead; it takes the smaller of this and its own setting.</summary>
    public int MaxReadahead { get; init; } = LargestMaxWrite;

    /// <summary>Requests nobody waits for (read-ahead, write-back) that the kernel keeps in flight.</summary>
    public ushort MaxBackground { get; init; } = 32;

    /// <summary>Background requests from which the kernel calls the mount congested.</summary>
    public ushort CongestionThreshold { get; init; } = 24;

    /// <summary>Resolution of the file system's timestamps, in nanoseconds.</summary>
    public uint TimeGranularityNanoseconds { get; init; } = 1;

    /// <summary>
    /// How deep file systems passed through may be stacked; 1 is needed for <see cref="FuseFeatures.Passthrough"/>, 0 turns it off.
    /// </summary>
    public uint MaxStackDepth { get; init; }

    /// <summary>
    /// Requests taken from the kernel and not yet answered. Each costs address space for two messages of <see cref="MaxWrite"/>'s size,
    /// but memory only for what it touches. When all are in use, reading stops until one is answered.
    /// </summary>
    public int MaxOutstandingRequests { get; init; } = 128;

    /// <summary>
    /// Of those, how many may be locks that wait for another process (SETLKW); one more is answered ENOLCK. Locks alone can wait for a
    /// request that has not been read yet, so they must never hold every buffer.
    /// </summary>
    public int MaxWaitingLocks { get; init; } = 64;

    /// <summary>
    /// Threads that read and run requests: one reads, the others exist because their request blocked (<see
    /// cref="FuseServer.PassReaderRole"/>).
    /// </summary>
    public int MaxThreads { get; init; } = 16;

    /// <summary>
    /// How long a handler that said it blocks briefly keeps others from being read: many times what a transfer takes on a healthy disk, and
    /// little to whoever asks meanwhile. Then another thread reads.
    /// </summary>
    public TimeSpan BriefWait { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>
    /// Told of every fault: an exception that escaped a handler, a malformed request, a transport that failed. Any thread; must not
    /// throw.
    /// </summary>
    public Action<FuseFault>? OnFault { get; init; }

    internal static void Validate(FuseOptions options)
    {
        if (options.MaxWrite is < SmallestMaxWrite or > LargestMaxWrite)
            throw new ArgumentException($"MaxWrite is from {SmallestMaxWrite} to {LargestMaxWrite} bytes.", nameof(options));
        if (options.MaxReadahead < 0)
            throw new ArgumentException("MaxReadahead is not negative.", nameof(options));
        if (options.MaxOutstandingRequests < 2)
            throw new ArgumentException("At least two requests must be outstanding: one being read, one being answered.", nameof(options));
        if (options.MaxWaitingLocks < 0 || options.MaxWaitingLocks > options.MaxOutstandingRequests / 2)
            throw new ArgumentException("Waiting locks may hold at most half of the outstanding requests.", nameof(options));
        if (options.BriefWait <= TimeSpan.Zero)
            throw new ArgumentException("A brief wait is longer than nothing.", nameof(options));
        if (options.MaxThreads < 1)
            throw new ArgumentException("At least one thread must read.", nameof(options));
        if ((options.Features & Unsupported) != FuseFeatures.None)
            throw new ArgumentException($"Features this library does not serve: {options.Features & Unsupported}.", nameof(options));
    }
}
