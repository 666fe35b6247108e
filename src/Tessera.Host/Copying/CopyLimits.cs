namespace Tessera.Host.Copying;

/// <summary>What a copy takes at most, whatever the tree.</summary>
internal static class CopyLimits
{
    /// <summary>Directories within each other. Each keeps one page of names in memory while it is walked.</summary>
    public const int MaxDepth = 4096;

    /// <summary>Names of a directory that are in memory at once, bytes.</summary>
    public const int PageBytes = 8 << 10;

    /// <summary>One read and write of contents, bytes: the longest a mount takes at once.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>Failures, and things left out, that are named; more are counted.</summary>
    public const int MaxNamed = 1000;

    /// <summary>Mounts beneath a directory that are named.</summary>
    public const int MaxMountsNamed = 20;
}
