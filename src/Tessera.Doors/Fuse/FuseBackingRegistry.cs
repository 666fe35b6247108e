using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>Hands files of the host to the kernel at the other end of a <c>/dev/fuse</c>.</summary>
public sealed class FuseBackingRegistry(FuseDevice device) : IBackingRegistry
{
    /// <summary>Asked about no file at all, the kernel says first whether this daemon may: EPERM without CAP_SYS_ADMIN.</summary>
    private volatile bool isRefused = device.OpenBacking(-1).Error == Errno.EPERM;

    /// <summary>The kernel takes files of this daemon's.</summary>
    public bool IsUsable => !isRefused;

    public int Register(int descriptor)
    {
        if (isRefused)
        {
            return 0;
        }

        FuseResult<int> id = device.OpenBacking(descriptor);
        if (id.Error == Errno.None)
        {
            return id.Value;
        }

        // The host's file system lies on another itself (overlayfs): so does the next file's.
        isRefused = id.Error == Errno.ELOOP;
        return 0;
    }

    public void Unregister(int backingId) => device.CloseBacking(backingId);
}
