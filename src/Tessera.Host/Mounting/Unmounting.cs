using System.Diagnostics;
using System.Runtime.InteropServices;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>Takes mounts out of the name space: root by umount2(2), others through the set-user-ID helper fusermount3(1).</summary>
internal static class Unmounting
{
    /// <summary>Unmounts; false when programs use the mount (EBUSY) and it stays.</summary>
    public static bool TryUnmount(MountEntry entry)
    {
        if (Libc.GetEffectiveUserId() != 0)
        {
            return RunHelper(entry, lazy: false);
        }

        if (Libc.Unmount(entry.MountPoint, Libc.UMOUNT_NOFOLLOW) == 0)
        {
            return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == Libc.EBUSY ? false : throw Failed(entry, Libc.Describe(errno));
    }

    /// <summary>Takes the mount away from its directory at once; programs inside keep what they have open.</summary>
    public static void Detach(MountEntry entry)
    {
        if (Libc.GetEffectiveUserId() != 0)
        {
            _ = RunHelper(entry, lazy: true);
        }
        else if (Libc.Unmount(entry.MountPoint, Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW) != 0)
        {
            throw Failed(entry, Libc.Describe(Marshal.GetLastPInvokeError()));
        }
    }

    private static bool RunHelper(MountEntry entry, bool lazy)
    {
        var start = new ProcessStartInfo("fusermount3") { RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add("-u");
        if (lazy)
        {
            start.ArgumentList.Add("-z");
        }

        start.ArgumentList.Add("--");
        start.ArgumentList.Add(entry.MountPoint);
        try
        {
            using Process helper = Process.Start(start)!;
            string complaint = helper.StandardError.ReadToEnd().Trim();
            helper.WaitForExit();
            return helper.ExitCode == 0
                || (complaint.Contains("busy", StringComparison.OrdinalIgnoreCase) ? false : throw Failed(entry, complaint));
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new CommandException(
                ExitCode.NoFuse, "fusermount3 is not installed, and only root can unmount without it.", "As root run: apt-get install fuse3", fault);
        }
    }

    private static CommandException Failed(MountEntry entry, string reason) =>
        new(ExitCode.Fault, $"{entry.MountPoint} could not be unmounted: {reason}.");
}
