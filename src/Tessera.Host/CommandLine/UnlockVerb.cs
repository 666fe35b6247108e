using System.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Locking;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>tessera unlock: shows what is in a locked directory or file, until it is locked again.</summary>
internal static class UnlockVerb
{
    private const string Name = "unlock";

    /// <summary>As <see cref="MountVerb.LeavesDaemon"/>.</summary>
    public static bool LeavesDaemon(string[] args) => args.Length > 1 && args[0] == Name;

    public static Command Create(DaemonLauncher launcher)
    {
        Argument<string> locked = new("PATH") { Description = "A locked directory or file." };
        Option<string?> time = new("--for") { Description = "Lock it again after so long, as 10m or 2h, whoever uses it then.", HelpName = "TIME" };
        Option<string?> place = new("--at") { Description = "Show a locked directory there, in place of over itself: a directory outside the mount.", HelpName = "MOUNTPOINT" };
        Option<bool> readOnly = new("--read-only", "-r") { Description = "Write nothing." };
        Option<string[]> options = new("-o") { Description = "Options as of mount (docs/guide/commands.md): idle=10m, noexec, …", HelpName = "OPTION,…" };
        var command = new Command(Name, "Open a locked directory or file, until 'tessera lock', the unmount of what it lies in, or the end of a time.") { locked, time, place, readOnly, options };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string named = parsed.GetRequiredValue(locked);
            string path = MountPath.Canonical(named);
            bool isFile = RequireLocked(named, path);
            string? elsewhere = parsed.GetValue(place);
            if (elsewhere is not null && isFile)
            {
                throw new CommandException(ExitCode.Usage, "A locked file is shown in its own place only.", "Put it into a directory, and lock that.");
            }

            if (elsewhere is null)
            {
                LockedDirectory.RequireReachable(named, path, isFile);
            }

            MountOptions asked = MountOptionParser.Parse(parsed.GetValue(options) ?? []);
            return (int)await Mounter.RunAsync(
                new MountIntent
                {
                    Volume = isFile ? path : LockedDirectory.VolumeIn(path),
                    MountPoint = elsewhere ?? path,
                    IsLockedFile = isFile,
                    Options = asked with
                    {
                        ReadOnly = asked.ReadOnly || parsed.GetValue(readOnly),
                        AcceptRollback = asked.AcceptRollback || rollback.Accepts(parsed),
                        Forget = asked.Forget || rollback.Forgets(parsed),
                        LimitSeconds = parsed.GetValue(time) is { } text ? Duration.Parse(text).TotalSeconds : asked.LimitSeconds,
                        Create = false,
                    },
                    Passphrase = passphrase.Source(parsed),
                },
                launcher,
                cancellation);
        });
        return command;
    }

    /// <summary>Whether it is a file.</summary>
    /// <exception cref="CommandException">It is not locked.</exception>
    private static bool RequireLocked(string named, string path)
    {
        if ((LockedDirectory.FindOpen(path) ?? LockedFile.FindOpen(path)) is { } open && !MountPoint.DetachDead(open.MountPoint, Console.Error.WriteLine))
        {
            throw new CommandException(ExitCode.Busy, $"{named} is unlocked.", $"'tessera lock {named}' locks it.");
        }

        bool isFile = File.Exists(path);
        return (isFile ? LockedFile.Is(named, path) : File.Exists(LockedDirectory.VolumeIn(path)))
            ? isFile
            : throw new CommandException(ExitCode.NotAVolume, $"{named} is not locked.", $"'tessera lock {named}' locks it.");
    }
}
