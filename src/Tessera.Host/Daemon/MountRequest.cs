namespace Tessera.Host.Daemon;

/// <summary>What a daemon is to mount. Sent as <see cref="MountRequestText"/>, followed by the key's bytes as they are: a key is never text.</summary>
internal sealed record MountRequest
{
    /// <summary>The volume as the user gave it: the first column of /proc/mounts.</summary>
    public required string Source { get; init; }

    /// <summary>Its absolute path.</summary>
    public required string VolumePath { get; init; }

    /// <summary>Canonical, checked.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The mount point is the volume's own file, a locked one: what is mounted is the file in it.</summary>
    public bool IsLockedFile { get; init; }

    /// <summary>Where the daemon's log is; null for standard error.</summary>
    public string? LogPath { get; init; }

    /// <summary>Where it is remembered what was seen of volumes; null: it is not.</summary>
    public string? SeenDirectory { get; init; }

    public required Mounting.MountOptions Options { get; init; }

    /// <summary>Length of the volume's key that follows, bytes; 0 for a volume without one.</summary>
    public int KeyBytes { get; init; }

    /// <summary>The key slots say that a rotation of the key is under way.</summary>
    public bool KeyRotates { get; init; }
}
