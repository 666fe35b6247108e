namespace Tessera.Volumes;

/// <summary>Every limit of the engine, with its reason.</summary>
public static class VolumeLimits
{
    /// <summary>Inodes kept in memory that nobody holds: about 350 bytes each, 22 MiB in all.</summary>
    public const int CachedInodes = 64 << 10;

    /// <summary>Names kept in memory, found and not found: about 150 bytes each.</summary>
    public const int CachedNames = 64 << 10;

    /// <summary>Inode numbers reserved by one commit: a create then pays for 1/4096 of it, and a crash loses at most so many of
    /// 2^64.</summary>
    public const int InodeReservation = 4096;

    /// <summary>Files and directories open at once.</summary>
    public const int MaxHandles = 1 << 20;

    /// <summary>How often a commit that met another's change is tried again before the operation gives up.</summary>
    public const int MaxConflicts = 16;

    /// <summary>Names of one directory whose 58 bits of hash are equal; more need an adversary, and he only hurts his own
    /// directory.</summary>
    public const int MaxTies = 16;

    /// <summary>Orphans that wait for collection before whoever unlinks more must help.</summary>
    public const int MaxOrphanQueue = 4096;

    /// <summary>How long orphans gather before they are collected: they come in swarms, and each alone would cost a wake-up and a commit.</summary>
    public static readonly TimeSpan OrphanGathering = TimeSpan.FromMilliseconds(20);

    /// <summary>How long orphans that could not be deleted wait for the next try; twice as long after each, up to the most.</summary>
    public static readonly TimeSpan OrphanRetry = TimeSpan.FromSeconds(10);

    /// <summary>See <see cref="OrphanRetry"/>.</summary>
    public static readonly TimeSpan MaxOrphanRetry = TimeSpan.FromMinutes(10);

    /// <summary>Entries of a batch that a full volume's reserve is enough for, deletions of ordinary inodes having two to five: the smallest reserve is 1,024
    /// slots, a checkpoint's overhead 256, and a leaf takes 20 in two copies.</summary>
    public const int SmallBatchEntries = 18;

    /// <summary>Locks of directory entries, striped: two unrelated names wait for each other once in so many times.</summary>
    public const int EntryLockStripes = 4096;

    /// <summary>Age of dirty data at which the background writes it, seconds: what a killed process may lose of an open file.</summary>
    public const int WriteBackSeconds = 5;

    /// <summary>Inodes with nothing but changed attributes that one background commit takes.</summary>
    public const int AttributeBatch = 256;

    /// <summary>Piece of an extended attribute's value in one key, bytes.</summary>
    public const int XattrChunk = 4096;

    /// <summary>Entries of an access control list: what Linux reads of a FUSE file system, in a page of 4 KiB.</summary>
    public const int MaxAclEntries = 511;

    /// <summary>Directory entries looked at in one directory to find the name of a damaged file.</summary>
    public const int PathSearch = 100_000;

    /// <summary>Levels of directories followed upwards: PATH_MAX holds no more than 2,048 one-letter names; deeper trees are made by
    /// renames.</summary>
    public const int MaxDepth = 1 << 20;
}
