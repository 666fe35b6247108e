using Tessera.Content;
using Tessera.Fuse;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Serving;

/// <summary>How a daemon divides the memory it may use ("--memory"): each cache's share of what the program itself leaves.</summary>
/// <param name="DirtyBytes">Written, not yet stored.</param>
/// <param name="BlockCacheBytes">Contents kept for reading.</param>
/// <param name="NodeCacheBytes">Opened nodes of the tree.</param>
/// <param name="TableBytes">One of the two tables of commits that are not in the tree yet.</param>
/// <param name="CachedInodes">Inodes, and as many names.</param>
internal sealed record MemoryPlan(long DirtyBytes, long BlockCacheBytes, long NodeCacheBytes, long TableBytes, int CachedInodes)
{
    /// <summary>Resident in all, unless told otherwise.</summary>
    public const long DefaultBytes = 300L << 20;

    /// <summary>From here on requests are as long as the kernel makes them.</summary>
    private const long RoomyBytes = 256L << 20;

    private const int ShortRequestBytes = 256 << 10;

    /// <summary>Below this the caches would be too small to work with.</summary>
    public const long LeastBytes = 128L << 20;

    /// <summary>Code, request buffers, threads, and what the collector has not collected yet.</summary>
    private const long ProgramBytes = 100L << 20;

    /// <summary>An inode with its name in memory.</summary>
    private const long InodeBytes = 512;

    /// <summary>Bytes of one READ or WRITE. Many at once, each with its buffers, are what a daemon short of memory spends most on.</summary>
    public int RequestBytes { get; private init; } = FuseOptions.LargestMaxWrite;

    /// <param name="bytes">Null for the default.</param>
    /// <exception cref="CommandException">Too little: exit 2.</exception>
    public static MemoryPlan For(long? bytes)
    {
        long wanted = bytes ?? DefaultBytes;
        if (wanted < LeastBytes)
        {
            throw new CommandException(ExitCode.Usage, $"A mount needs at least {LeastBytes >> 20}M of memory.");
        }

        long caches = wanted - ProgramBytes;
        return new MemoryPlan(
            DirtyBytes: Math.Max(ContentLimits.MinDirtyBytes, caches / 4),
            BlockCacheBytes: caches / 8,
            NodeCacheBytes: caches / 4,
            TableBytes: caches / 16,
            CachedInodes: (int)Math.Min(caches / 8 / InodeBytes, int.MaxValue))
        {
            RequestBytes = wanted < RoomyBytes ? ShortRequestBytes : FuseOptions.LargestMaxWrite,
        };
    }
}
