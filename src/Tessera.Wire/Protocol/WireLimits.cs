namespace Tessera.Wire.Protocol;

/// <summary>The limits of the protocol: whatever a stranger sends is held against them before anything is kept of it (docs/protocol.md, "Limits").</summary>
public static class WireLimits
{
    /// <summary>Longest frame, bytes. A larger message ends the connection before it is read to its end.</summary>
    public const int MaxFrame = 256 << 10;

    /// <summary>Most bytes of a file in one READ or WRITE. Larger transfers are several requests under way at once, so that a small reply waits for one
    /// such piece at most.</summary>
    public const int MaxData = 128 << 10;

    /// <summary>Most bytes of entries in one reply to READDIR: about 1,500 entries with attributes.</summary>
    public const int MaxListing = 240 << 10;

    /// <summary>Most steps of one request.</summary>
    public const int MaxSteps = 8;

    /// <summary>Requests under way at once: the credit. Each has a slot whose last reply is kept, so this bounds the memory of a session too.</summary>
    public const int Slots = 128;

    /// <summary>Files that one session may have open.</summary>
    public const int MaxOpenFiles = 4096;

    /// <summary>Locked ranges that one session may hold.</summary>
    public const int MaxLocks = 4096;

    /// <summary>Inodes that one session may have been told of and not have forgotten: some 100 bytes each.</summary>
    public const int MaxInodes = 4 << 20;

    /// <summary>Inodes that one FORGET names.</summary>
    public const int MaxForgotten = 1024;

    /// <summary>Longest frame of changes by others, bytes: what is asked for waits behind one at most.</summary>
    public const int MaxChanges = 32 << 10;

    /// <summary>Changes by others that wait to be sent; with one more, all that is said is that anything may have changed.</summary>
    public const int MaxPendingChanges = 4096;

    /// <summary>Longest OPEN, bytes: all that a stranger may send before it is let in, where there is no HTTP.</summary>
    public const int MaxOpen = 2048;

    /// <summary>Longest text in a REFUSED or GOODBYE, bytes.</summary>
    public const int MaxText = 512;

    /// <summary>How long either end waits for the first frame of the other.</summary>
    public static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(10);

    /// <summary>How long an end that is about to go tries to say why, before it goes without a word.</summary>
    public static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(1);

    /// <summary>A quiet connection is asked for a sign of life so often (a ping of WebSocket)…</summary>
    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(10);

    /// <summary>…and is taken for lost when none comes for so long.</summary>
    public static readonly TimeSpan HeartbeatTime = TimeSpan.FromSeconds(20);
}
