using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles;

/// <summary>Takes suid and sgid from a file as a write by an unprivileged process does. A daemon of root's must: its own writes leave them.</summary>
internal static unsafe class Privileges
{
    public static void Clear(int descriptor)
    {
        if (Host.Stat(descriptor, out Statx stat) == 0)
        {
            Clear(descriptor, stat);
        }
    }

    public static void Clear(int descriptor, in Statx stat)
    {
        if (stat.IsRegular && stat.PrivilegedBits != 0)
        {
            var path = new DescriptorPath(descriptor);
            _ = Libc.ChangeMode((byte*)&path, stat.Mode & ModeBits.PermissionMask & ~stat.PrivilegedBits);
        }
    }
}
