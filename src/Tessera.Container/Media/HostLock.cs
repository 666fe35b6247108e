using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>The host's lock on a medium: one writer, or several readers.</summary>
/// <remarks>
/// flock(2) rather than an open file description lock (fcntl(2) F_OFD_SETLK): both end with the descriptor, and /proc/locks names the process
/// that took the first but shows -1 for the second. On a block device it also keeps udev from probing while the medium is in use.
/// </remarks>
internal static class HostLock
{
    private const string LockTable = "/proc/locks";

    /// <exception cref="MediumException">
    /// <see cref="MediumFault.InUse"/> when another holds it; the message names the process where the host tells.
    /// </exception>
    public static void Take(SafeFileHandle file, bool shared, in Statx identity, string path)
    {
        int operation = (shared ? HostFlags.LockShared : HostFlags.LockExclusive) | HostFlags.LockNonBlocking;
        while (Libc.Lock(file, operation) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            switch (errno)
            {
                case Errno.Interrupted:
                    continue;
                case Errno.WouldBlock:
                    throw new MediumException(MediumFault.InUse, $"{path} is in use by {DescribeHolder(identity)}.");
                default:
                    throw HostFault.From(errno, "lock it", path);
            }
        }
    }

    /// <summary>
    /// Gives the lock up at once. Closing the descriptor is not enough: a child process that is being started holds a copy of it until its execve(2),
    /// and with it the lock.
    /// </summary>
    public static void Release(SafeFileHandle file) => _ = Libc.Lock(file, HostFlags.Unlock);

    private static string DescribeHolder(in Statx identity) =>
        FindHolder(identity) is int pid ? $"process {pid.ToString(CultureInfo.InvariantCulture)}" : "another process";

    /// <summary>Looks the inode up in /proc/locks (proc_locks(5)): "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF".</summary>
    private static int? FindHolder(in Statx identity)
    {
        string inode = string.Create(CultureInfo.InvariantCulture, $"{identity.DeviceMajor:x2}:{identity.DeviceMinor:x2}:{identity.Inode}");
        foreach (string line in ReadLockTable())
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 6 && fields[1] == "FLOCK" && fields[5] == inode
                && int.TryParse(fields[4], CultureInfo.InvariantCulture, out int pid) && pid > 0)
            {
                return pid;
            }
        }

        return null;
    }

    private static string[] ReadLockTable()
    {
        try
        {
            return File.ReadAllLines(LockTable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The table only makes the message better; without it the lock is just as held.
            return [];
        }
    }
}
