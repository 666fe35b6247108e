using System.Globalization;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>Takes a mount away from programs that use it: the volume's key must not stay in memory for as long as they like.</summary>
internal static class ForcedUnmount
{
    /// <summary>So long the kernel may hand over what programs have written; a daemon that hangs must not keep a machine from sleeping.</summary>
    private static readonly TimeSpan s_syncLimit = TimeSpan.FromSeconds(20);

    /// <summary>So long a daemon may take to cut off what it did not take before: what it is asked for waits for the same.</summary>
    private static readonly TimeSpan s_hungLimit = TimeSpan.FromSeconds(5);

    /// <summary>Asks a daemon that it has the kernel forget what it told of the volume: the kernel would go on giving that to who has it open, also without a connection.</summary>
    public const string CutOffOperation = "cut-off";

    /// <exception cref="CommandException"><see cref="ExitCode.Fault"/>: it can be detached, and its connection not be ended.</exception>
    public static void Run(MountEntry entry)
    {
        // Both may wait for the daemon; the end of the connection frees whoever waits.
        Task synced = Task.Factory.StartNew(() => Sync(entry.MountPoint), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        bool isHung = !synced.Wait(s_syncLimit);
        if (isHung)
        {
            Console.Error.WriteLine($"{entry.MountPoint} does not take what programs have written in it: that is lost.");
        }

        CutOff(entry, isHung ? s_hungLimit : s_syncLimit);
        Unmounting.Detach(entry);
        if (!MountPoints.TryAbort(uint.Parse(entry.ConnectionNumber, CultureInfo.InvariantCulture)) && TesseraMounts.Find(entry.MountPoint)?.Device == entry.Device)
        {
            throw new CommandException(ExitCode.Fault, $"The connection of {entry.MountPoint} could not be ended.", "Its number is in /sys/fs/fuse/connections, which has to be mounted.");
        }
    }

    /// <summary>A daemon that does not answer, or knows nothing of it, is only cut off from the kernel.</summary>
    private static void CutOff(MountEntry entry, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            using ControlClient? daemon = ControlClient.TryConnect(entry);
            daemon?.AskAsync(new ControlRequest(CutOffOperation), progress: null, limit.Token).Wait(limit.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or AggregateException { InnerException: CommandException or IOException or OperationCanceledException })
        {
            // What was read and is still open may be read again from the kernel's memory.
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
