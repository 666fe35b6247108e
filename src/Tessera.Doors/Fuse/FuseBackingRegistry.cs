using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>Hands files of the host to the kernel at the other end of a <c>/dev/fuse</c>.</summary>
public sealed class FuseBackingRegistry(FuseDevice device) : IBackingRegistry
{
    private volatile bool isRefused;

    /// <summary>Files were taken, or none has been offered yet.</summary>
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

        // EPERM: without CAP_SYS_ADMIN. ELOOP: the host's file system lies on another itself (overlayfs). Neither will be otherwise for the next file.
        isRefused = id.Error is Errno.EPERM or Errno.ELOOP;
        return 0;
    }

    public void Unregister(int backingId) => device.CloseBacking(backingId);
}
