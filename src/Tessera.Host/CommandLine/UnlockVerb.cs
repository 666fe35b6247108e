using System.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Locking;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>tessera unlock: shows what is in a locked directory, until it is locked again.</summary>
internal static class UnlockVerb
{
    private const string Name = "unlock";

    /// <summary>As <see cref="MountVerb.LeavesDaemon"/>.</summary>
    public static bool LeavesDaemon(string[] args) => args.Length > 1 && args[0] == Name;

    public static Command Create(DaemonLauncher launcher)
    {
        Argument<string> directory = new("DIRECTORY") { Description = "A locked directory." };
        Option<string?> time = new("--for") { Description = "Lock it again after so long, as 10m or 2h, whoever uses it then.", HelpName = "TIME" };
        Option<string?> place = new("--at") { Description = "Show it there, in place of over itself: a directory outside the mount.", HelpName = "MOUNTPOINT" };
        Option<bool> readOnly = new("--read-only", "-r") { Description = "Write nothing." };
        Option<string[]> options = new("-o") { Description = "Options as of mount (docs/guide/commands.md): idle=10m, noexec, …", HelpName = "OPTION,…" };
        var command = new Command(Name, "Open a locked directory, until 'tessera lock', the unmount of what it lies in, or the end of a time.") { directory, time, place, readOnly, options };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string named = parsed.GetRequiredValue(directory);
            string path = MountPath.Canonical(named);
            if (LockedDirectory.FindOpen(path) is { } open && !MountPoint.DetachDead(open.MountPoint, Console.Error.WriteLine))
            {
                throw new CommandException(ExitCode.Busy, $"{named} is unlocked.", $"'tessera lock {named}' locks it.");
            }

            string volume = LockedDirectory.VolumeIn(path);
            if (!File.Exists(volume))
            {
                throw new CommandException(ExitCode.NotAVolume, $"{named} is not a locked directory.", $"'tessera lock {named}' makes it one.");
            }

            if (parsed.GetValue(place) is null)
            {
                LockedDirectory.RequireReachable(named, path);
            }

            MountOptions asked = MountOptionParser.Parse(parsed.GetValue(options) ?? []);
            return (int)await Mounter.RunAsync(
                new MountIntent
                {
                    Volume = volume,
                    MountPoint = parsed.GetValue(place) ?? path,
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
}
