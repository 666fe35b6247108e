namespace Tessera.Host.Auditing;

/// <summary>The limits of an audit file and of those who write and read it (docs/guide/workspaces.md, "Audit").</summary>
internal static class AuditLimits
{
    /// <summary>Lines that wait for the disk, bytes. What is more waits in its operation.</summary>
    public const int MaxPending = 1 << 20;

    /// <summary>Longest line that is read: two paths of the longest kind (<see cref="Middleware.KnownNames.MaxPath"/>), each of their bytes written as six, and once more in base64.</summary>
    public const int MaxLine = 512 << 10;

    /// <summary>Segments of a volume's access log that wait to be written, at most 64 KiB each. What is more waits in its operation.</summary>
    public const int MaxPendingSegments = 16;

    /// <summary>Records of a volume's access log are written so long after the first of them at the latest: what a killed daemon loses of it.</summary>
    public static readonly TimeSpan GatherFor = TimeSpan.FromSeconds(1);

    /// <summary>Clients sent away that are written down one by one, in a second. Of more the number is: strangers must not fill the disk.</summary>
    public const int MaxRefusals = 10;

    /// <summary>A file that could not be written is tried again after so long.</summary>
    public static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(1);

    /// <summary>How often "--follow" looks for more.</summary>
    public static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(200);
}
