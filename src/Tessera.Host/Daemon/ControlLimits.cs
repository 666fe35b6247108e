namespace Tessera.Host.Daemon;

/// <summary>Bounds of the control socket. Both ends are ours, but the other end may be anything that this user runs.</summary>
internal static class ControlLimits
{
    /// <summary>Longest request, bytes: an operation and a few paths.</summary>
    public const int MaxRequestBytes = 64 * 1024;

    /// <summary>Longest line of a reply, bytes: the statistics of every operation are some 20 KiB.</summary>
    public const int MaxReplyBytes = 1024 * 1024;

    /// <summary>Conversations at once; more wait in the socket's backlog.</summary>
    public const int MaxConversations = 16;

    public const int Backlog = 16;

    /// <summary>How long a client may take to say what it wants, and a daemon to answer something short.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
}
