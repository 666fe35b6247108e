using System.Runtime.InteropServices;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

public sealed partial class FileMedium
{
    /// <summary>F_OFD_SETLK and F_WRLCK of fcntl(2).</summary>
    private const int SetDescriptorLock = 37;
    private const short WriteLock = 1;

    public void LockRange(long offset, long length)
    {
        var range = new FileLock { Type = WriteLock, Start = offset, Length = length };
        while (Libc.Control(buffered, SetDescriptorLock, ref range) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            switch (errno)
            {
                case Errno.Interrupted:
                    continue;
                case Errno.WouldBlock or Errno.AccessDenied:
                    throw new MediumException(MediumFault.InUse, $"Another process is changing {path} at this moment. Try again.");
                default:
                    throw HostFault.From(errno, "lock a part of it", path);
            }
        }
    }
}
