namespace Tessera.Host.Mounting;

/// <summary>One line of /proc/PID/mountinfo (proc(5)).</summary>
/// <param name="MountId">Unique among the mounts that exist now.</param>
/// <param name="Device">st_dev of the files in it, as "major:minor".</param>
/// <param name="Root">What of the file system is at the mount point: "/" unless it is a bind mount of a part.</param>
/// <param name="MountPoint">Absolute path in the reader's name space.</param>
/// <param name="Options">Of this mount: "ro", "noatime", ….</param>
/// <param name="FileSystemType">For Tessera "fuse.tessera".</param>
/// <param name="Source">The volume, as it was given to mount.</param>
/// <param name="SuperOptions">Of the file system: "user_id=…" tells who runs a FUSE daemon.</param>
internal sealed record MountEntry(
    int MountId,
    string Device,
    string Root,
    string MountPoint,
    string Options,
    string FileSystemType,
    string Source,
    string SuperOptions)
{
    /// <summary>The type under which Tessera's mounts are known to the kernel.</summary>
    public const string TesseraType = "fuse." + TesseraSubtype;

    public const string TesseraSubtype = "tessera";

    public bool IsTessera => string.Equals(FileSystemType, TesseraType, StringComparison.Ordinal);

    public bool IsFuse => FileSystemType.StartsWith("fuse.", StringComparison.Ordinal)
        || FileSystemType is "fuse" or "fuseblk";

    /// <summary>The uid that runs a FUSE daemon; null when the file system does not say.</summary>
    public uint? DaemonUser
    {
        get
        {
            const string Key = "user_id=";
            foreach (string option in SuperOptions.Split(','))
            {
                if (option.StartsWith(Key, StringComparison.Ordinal) && uint.TryParse(option.AsSpan(Key.Length), out uint uid))
                {
                    return uid;
                }
            }

            return null;
        }
    }

    /// <summary>The number of the FUSE connection in /sys/fs/fuse/connections: the minor of an anonymous device.</summary>
    public string ConnectionNumber => Device[(Device.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
