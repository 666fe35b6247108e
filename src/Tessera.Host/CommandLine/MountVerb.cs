using System.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera mount: returns when the mount can be used, and leaves a daemon behind that serves it.</summary>
internal static class MountVerb
{
    private const string Name = "mount";
    private const string Foreground = "--foreground";
    private const string ForegroundShort = "-f";

    /// <summary>Whether such a command line, if it is good, leaves a daemon behind; one that is of no use is started for one with a mistake, and for --help.</summary>
    public static bool LeavesDaemon(string[] args) => args.Length > 2 && args[0] == Name && !args.Contains(Foreground) && !args.Contains(ForegroundShort);

    public static Command Create(DaemonLauncher launcher)
    {
        Argument<string> volume = new("VOLUME") { Description = "The volume's path; or dir:DIRECTORY; or an export of a server, wss://HOST:PORT/NAME[,wss://…]." };
        Argument<string> mountPoint = new("MOUNTPOINT") { Description = "The directory to mount it on." };
        Option<bool> create = new("--create") { Description = "Make the volume, and the directory, when there is none." };
        Option<bool> foreground = new(Foreground, ForegroundShort) { Description = "Serve in this process and log to standard error, until unmounted." };
        Option<bool> readOnly = new("--read-only", "-r") { Description = "Write nothing: to look into a copy, or at a medium that cannot be written." };
        Option<string?> memory = new("--memory") { Description = "Memory that the daemon may use (default 300M).", HelpName = "SIZE" };
        Option<string?> counter = new("--rollback-counter")
        {
            Description = "tpm: bind the volume to a counter of this machine's TPM 2.0, which notices an older copy even where what was remembered was put back, too. none: no more.",
            HelpName = "tpm|none",
        };
        Option<string[]> options = new("-o")
        {
            Description = "Options as for mount(8): ro, noatime, noexec, suid, dev, allow_other, takeover, passphrase_file=FILE, … (docs/guide/commands.md).",
            HelpName = "OPTION,…",
        };
        var command = new Command(Name, "Mount a volume.") { volume, mountPoint, create, foreground, readOnly, memory, counter, options };
        NewVolumeOptions wanted = NewVolumeOptions.AddTo(command);
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        RemoteOptions remote = RemoteOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            MountOptions asked = MountOptionParser.Parse(parsed.GetValue(options) ?? []);
            asked = remote.ApplyTo(asked, parsed) with
            {
                Create = asked.Create || parsed.GetValue(create),
                ReadOnly = asked.ReadOnly || parsed.GetValue(readOnly),
                AcceptRollback = asked.AcceptRollback || rollback.Accepts(parsed),
                Forget = asked.Forget || rollback.Forgets(parsed),
                CounterUse = parsed.GetValue(counter) is { } use ? MountOptionParser.RollbackCounterOf(use) : asked.CounterUse,
                MemoryBytes = parsed.GetValue(memory) is { } size ? ByteSize.Parse(size) : asked.MemoryBytes,
            };
            PassphraseSource given = passphrase.Source(parsed);
            PassphraseSource source = (given.IsTerminal ? asked.Passphrase : given) with { KeyFile = given.KeyFile ?? asked.KeyFile, Fido2 = given.Fido2 ?? asked.Passphrase.Fido2, KeyMemoryKiB = given.KeyMemoryKiB ?? asked.Passphrase.KeyMemoryKiB };
            return (int)await Mounter.RunAsync(
                new MountIntent
                {
                    Volume = parsed.GetRequiredValue(volume),
                    MountPoint = parsed.GetRequiredValue(mountPoint),
                    Options = asked,
                    Passphrase = source,
                    NewVolume = asked.Create && !Path.Exists(parsed.GetRequiredValue(volume)) ? wanted.Read(parsed, source) : new NewVolume(),
                    Foreground = parsed.GetValue(foreground),
                },
                launcher,
                cancellation);
        });
        return command;
    }
}
