using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Locking;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>The work of "tessera umount": find the mount, take it away, wait until its daemon has closed the volume.</summary>
internal static class Unmounter
{
    /// <summary>After this long without word the user is told what is being waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Gigabytes may have to be written to a slow disk; a daemon that takes longer is said to be still at it.</summary>
    private static readonly TimeSpan DaemonLimit = TimeSpan.FromMinutes(10);

    /// <exception cref="CommandException"><see cref="ExitCode.NotMounted"/>, or <see cref="ExitCode.Busy"/> with the names of the processes.</exception>
    public static ExitCode Run(string target, UnmountManner manner) => Run(TesseraMounts.Require(target), manner);

    /// <summary>Unmounts all mounts of Tessera, the latest first; an ordinary user his own. What cannot be unmounted is told of, and does not keep the others.</summary>
    /// <returns>The exit code of the first that could not be.</returns>
    public static ExitCode RunAll(UnmountManner manner)
    {
        uint user = Libc.GetEffectiveUserId();
        ExitCode code = ExitCode.Ok;
        foreach (MountEntry entry in MountTable.Read().Entries.Where(entry => entry.IsTessera && (user == 0 || entry.DaemonUser == user)).Reverse())
        {
            try
            {
                _ = Run(entry, manner);
            }
#pragma warning disable CA1031 // As in TesseraCommand, for each mount: it becomes a sentence, and the next one's turn comes.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                CommandException refusal = Refusal.From(fault);
                ErrorReport.Write(refusal.Message, refusal.Advice);
                code = code == ExitCode.Ok ? refusal.Code : code;
            }
        }

        return code;
    }

    private static ExitCode Run(MountEntry entry, UnmountManner manner)
    {
        if (MountPoint.DetachDead(entry.MountPoint, Report))
        {
            return ExitCode.Ok;
        }

        if (manner != UnmountManner.Lazy)
        {
            LockBeneath(entry, manner);
        }

        int? daemon = ControlClient.DaemonOf(entry);
        using ProcessExit? exit = daemon is { } pid ? ProcessExit.Watch(pid) : null;
        if (manner == UnmountManner.Lazy)
        {
            Unmounting.Detach(entry);
            return ExitCode.Ok;
        }

        if (!Unmounting.TryUnmount(entry))
        {
            if (manner != UnmountManner.Forced)
            {
                throw Busy(entry);
            }

            ForcedUnmount.Run(entry);
        }

        return AwaitDaemon(exit);
    }

    /// <summary>The volume of an unlocked directory or file is a file of this mount, and held open.</summary>
    private static void LockBeneath(MountEntry entry, UnmountManner manner)
    {
        foreach (MountEntry inner in MountTable.Read().Entries
            .Where(other => LockedDirectory.IsOpenIn(other, entry) || LockedFile.IsOpenIn(other, entry)).Reverse())
        {
            if (TesseraMounts.Find(inner.MountPoint)?.MountId == inner.MountId)
            {
                _ = Run(inner, manner);
            }
        }
    }

    private static ExitCode AwaitDaemon(ProcessExit? exit)
    {
        if (exit is null || exit.Wait(Patience))
        {
            return ExitCode.Ok;
        }

        Report("Unmounted. Writing what is still in memory…");
        return exit.Wait(DaemonLimit)
            ? ExitCode.Ok
            : throw new CommandException(
                ExitCode.Fault,
                $"The daemon is still writing after {DaemonLimit.TotalMinutes:0} minutes.",
                "Do not switch the machine off; the daemon's log says what it waits for.");
    }

    private static CommandException Busy(MountEntry entry)
    {
        IReadOnlyList<MountUser> users = new MountUserScan(entry).Run();
        MountEntry? inner = MountTable.Read().Entries.LastOrDefault(
            other => other.MountPoint.StartsWith(entry.MountPoint + "/", StringComparison.Ordinal));
        string by = users.Count > 0 ? string.Join(", ", users)
            : inner is not null ? $"the mount at {inner.MountPoint}"
            : "a process that this user may not look into";
        return new CommandException(
            ExitCode.Busy,
            $"{entry.MountPoint} is in use by {by}.",
            $"End them, or run 'tessera umount --lazy {entry.MountPoint}'.");
    }

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
