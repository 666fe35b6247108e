using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <summary>From the host's attributes to the engine's words. Pure.</summary>
internal static class HostAttributes
{
    private const InodeFlags Told = InodeFlags.Immutable | InodeFlags.AppendOnly | InodeFlags.NoDump;

    /// <param name="node">Its id is the inode's for the door; programs are shown the host's number.</param>
    /// <param name="generation">Of the mount: ids begin anew with each.</param>
    /// <param name="stat">What the host says.</param>
    public static InodeAttributes Of(Node node, ulong generation, in Statx stat) => new()
    {
        Ino = node.Id,
        ShownIno = stat.Ino,
        Generation = generation,
        Mode = stat.Mode,
        LinkCount = stat.LinkCount,
        Flags = (InodeFlags)stat.Attributes & Told, // STATX_ATTR_* of these have the values of FS_*_FL.
        Uid = stat.Uid,
        Gid = stat.Gid,
        Rdev = (stat.RdevMinor & 0xFF) | (stat.RdevMajor << 8) | ((stat.RdevMinor & ~0xFFu) << 12),
        Size = stat.Size,
        Blocks = stat.Blocks,
        AccessTime = stat.AccessTime.ToTimestamp(),
        ModifyTime = stat.ModifyTime.ToTimestamp(),
        ChangeTime = stat.ChangeTime.ToTimestamp(),
        BirthTime = stat.BirthTime.ToTimestamp(),
        Change = unchecked(((ulong)stat.ChangeTime.Seconds * 1_000_000_000) + stat.ChangeTime.Nanoseconds),
    };

    /// <summary>makedev(3) of glibc, from the 32 bits of <see cref="NewNode.Rdev"/>.</summary>
    public static ulong Device(uint rdev)
    {
        ulong major = (rdev >> 8) & 0xFFF;
        ulong minor = (rdev & 0xFF) | ((rdev >> 12) & 0xFFF00);
        return ((major & 0xFFF) << 8) | (minor & 0xFF) | ((minor & ~0xFFul) << 12);
    }
}
