using System.Globalization;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>Takes a mount away from programs that use it: the volume's key must not stay in memory for as long as they like.</summary>
internal static class ForcedUnmount
{
    /// <summary>So long the kernel may hand over what programs have written; a daemon that hangs must not keep a machine from sleeping.</summary>
    private static readonly TimeSpan s_syncLimit = TimeSpan.FromSeconds(20);

    /// <exception cref="CommandException"><see cref="ExitCode.Fault"/>: it can be detached, and its connection not be ended.</exception>
    public static void Run(MountEntry entry)
    {
        // Both may wait for the daemon; the end of the connection frees whoever waits.
        Task synced = Task.Factory.StartNew(() => Sync(entry.MountPoint), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!synced.Wait(s_syncLimit))
        {
            Console.Error.WriteLine($"{entry.MountPoint} does not take what programs have written in it: that is lost.");
        }

        Unmounting.Detach(entry);
        if (!MountPoints.TryAbort(uint.Parse(entry.ConnectionNumber, CultureInfo.InvariantCulture)) && TesseraMounts.Find(entry.MountPoint)?.Device == entry.Device)
        {
            throw new CommandException(ExitCode.Fault, $"The connection of {entry.MountPoint} could not be ended.", "Its number is in /sys/fs/fuse/connections, which has to be mounted.");
        }
    }

    /// <summary>The kernel hands what it holds of written pages to the daemon. Of another user's mount, into which root may not go, together with everything else.</summary>
    private static void Sync(string mountPoint)
    {
        int directory = Libc.Open(mountPoint, Libc.O_CLOEXEC);
        if (directory < 0)
        {
            Libc.SyncAll();
            return;
        }

        _ = Libc.SyncFileSystem(directory);
        _ = Libc.Close(directory);
    }
}
