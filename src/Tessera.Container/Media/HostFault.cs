using System.Runtime.InteropServices;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>Turns an error number of the host into the exception a medium promises.</summary>
internal static class HostFault
{
    /// <param name="errno">The host's error number.</param>
    /// <param name="attempt">What was tried, as in "read 4096 bytes at 8192".</param>
    /// <param name="path">The medium, as the user named it.</param>
    public static MediumException From(int errno, string attempt, string path) =>
        new(Classify(errno), $"{path}: could not {attempt}: {Marshal.GetPInvokeErrorMessage(errno)}.");

    private static MediumFault Classify(int errno) => errno switch
    {
        Errno.NoSpace or Errno.QuotaExceeded or Errno.FileTooBig => MediumFault.NoSpace,
        Errno.ReadOnlyFileSystem => MediumFault.ReadOnly,
        Errno.NotFound or Errno.NotADirectory => MediumFault.NotFound,
        Errno.IsDirectory => MediumFault.Unsuitable,
        Errno.AccessDenied or Errno.NotPermitted => MediumFault.AccessDenied,
        Errno.DeviceBusy or Errno.TextBusy or Errno.WouldBlock => MediumFault.InUse,
        _ => MediumFault.Failed,
    };
}
