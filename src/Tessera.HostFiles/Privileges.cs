using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles;

/// <summary>Takes suid and sgid from a file as a write by an unprivileged process does. A daemon of root's must: its own writes leave them.</summary>
internal static unsafe class Privileges
{
    public static void Clear(int descriptor, in Caller caller)
    {
        if (Host.Stat(descriptor, out Statx stat) == 0)
        {
            Clear(descriptor, stat, caller);
        }
    }

    /// <summary>Besides, who is not in the file's group takes sgid that does not mean "run as the group" (setattr_should_drop_sgid() of Linux).</summary>
    public static void Clear(int descriptor, in Statx stat, in Caller caller)
    {
        uint locking = stat.Mode & ModeBits.SetGid & ~stat.PrivilegedBits;
        Take(descriptor, stat, locking != 0 && !caller.IsMemberSurely(stat.Gid) ? stat.PrivilegedBits | locking : stat.PrivilegedBits);
    }

    /// <summary>The same where nobody knows who has written.</summary>
    public static void Clear(int descriptor, in Statx stat) => Take(descriptor, stat, stat.PrivilegedBits);

    private static void Take(int descriptor, in Statx stat, uint bits)
    {
        if (stat.IsRegular && bits != 0)
        {
            var path = new DescriptorPath(descriptor);
            _ = Libc.ChangeMode((byte*)&path, stat.Mode & ModeBits.PermissionMask & ~bits);
        }
    }
}
