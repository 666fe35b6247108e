namespace Tessera.Server;

/// <summary>What strangers at the door can take, by name.</summary>
internal static class ServerLimits
{
    /// <summary>Workspaces mounted at once.</summary>
    public const int MaxWorkspaces = 1024;

    /// <summary>Connections at once, those that have shown no token yet included.</summary>
    public const int MaxConnections = 4096;

    /// <summary>Clients that mount exports at once, those whose connection is lost and that are waited for included.</summary>
    public const int MaxExportSessions = 1024;

    /// <summary>Inodes that no session holds any more are kept until so many more are held by none: one may be about to be told of one again.</summary>
    public const int MaxFadingInodes = 4096;

    /// <summary>Bytes of a request for a certificate (PKCS #10, PEM): with a key on P-256 it has some 400.</summary>
    public const int MaxEnrolment = 4096;

    /// <summary>Changes at one client that wait for a program that is told of them; with one more, all that is said is that anything may have changed.</summary>
    public const int MaxWaitingChanges = 4096;

    /// <summary>Programs that are told of one workspace's changes.</summary>
    public const int MaxFollowers = 16;

    /// <summary>A request's headers come within this time, or the connection is closed.</summary>
    public static readonly TimeSpan HeadersTime = TimeSpan.FromSeconds(10);

    /// <summary>A connection is encrypted within this time, or closed.</summary>
    public static readonly TimeSpan TlsTime = TimeSpan.FromSeconds(10);

    /// <summary>A token that was revoked, or has expired, is noticed after so long.</summary>
    public static readonly TimeSpan TokensReadEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long programs may go on with what they have open in a workspace that ends.</summary>
    public static readonly TimeSpan DetachPatience = TimeSpan.FromSeconds(2);
}
