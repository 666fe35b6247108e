using Tessera.Core.FileSystem;

namespace Tessera.Host.Auditing;

/// <summary>One thing that was done, or refused: a line of the audit file.</summary>
/// <param name="Operation">As "open" or "rename"; of sessions "connect", "resume", "refuse" and "end"; of certificates "enrol" and "renew".</param>
internal readonly record struct AuditRecord(string Operation)
{
    public string? Workspace { get; init; }

    public string? Session { get; init; }

    /// <summary>Of an operation on files: whose program asked.</summary>
    public Caller? Caller { get; init; }

    /// <summary>From the workspace's root, without a '/' before it; null: there is none, or it is not known.</summary>
    public byte[]? Path { get; init; }

    /// <summary>The other path of a rename or a link.</summary>
    public byte[]? NewPath { get; init; }

    /// <summary>What a symbolic link says.</summary>
    public byte[]? Target { get; init; }

    /// <summary>What was asked for more exactly: "read,write", "mode,size", an attribute's name.</summary>
    public string? Detail { get; init; }

    /// <summary>Of sessions: the id of the token that was shown.</summary>
    public string? Token { get; init; }

    /// <summary>Of sessions: the client's address.</summary>
    public string? Client { get; init; }

    /// <summary>Of sessions: why.</summary>
    public string? Reason { get; init; }

    /// <summary>How many more of the kind there were that have no line; 0: none.</summary>
    public long Unwritten { get; init; }

    /// <summary>What came of it.</summary>
    public FsError Result { get; init; }
}
