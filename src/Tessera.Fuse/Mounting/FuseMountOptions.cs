namespace Tessera.Fuse;

/// <summary>How a mount looks from outside: the options of mount(8) and fuse(8).</summary>
public sealed record FuseMountOptions
{
    /// <summary>The first column of <c>/proc/mounts</c>.</summary>
    public string Source { get; init; } = "fuse";

    /// <summary>The type shown is <c>fuse.Subtype</c>; empty for plain <c>fuse</c>.</summary>
    public string Subtype { get; init; } = "";

    /// <summary>
    /// Users other than the mounting one may enter. Without root this needs <c>user_allow_other</c> in <c>/etc/fuse.conf</c>.
    /// </summary>
    public bool AllowOther { get; init; }

    /// <summary>The kernel checks permissions by mode and owner, before it asks.</summary>
    public bool DefaultPermissions { get; init; } = true;

    public bool ReadOnly { get; init; }

    public bool NoSuid { get; init; } = true;

    public bool NoDevices { get; init; } = true;

    public bool NoExecute { get; init; }

    public bool NoAccessTime { get; init; }

    /// <summary>Root only, like the two that follow: fusermount3 does not know them, and they are left out.</summary>
    public bool NoDirectoryAccessTime { get; init; }

    /// <summary>Access times as of Linux 2.6.30: updated when older than a change, or than a day.</summary>
    public bool RelativeAccessTime { get; init; }

    public bool StrictAccessTime { get; init; }

    public bool Synchronous { get; init; }

    public bool DirectorySync { get; init; }

    /// <summary>
    /// Bytes the kernel reads ahead of a sequential reader; 0 leaves its default (128 KiB). It never takes more than that from INIT, but
    /// root can set the mount's backing device afterwards; without root the default stands.
    /// </summary>
    public int ReadAheadBytes { get; init; } = DefaultReadAhead;

    /// <summary>Two requests of the largest size under way: measured best of 1, 2 and 4 MiB.</summary>
    public const int DefaultReadAhead = 2 << 20;
}
