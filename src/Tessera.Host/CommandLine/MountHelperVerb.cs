using System.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Native;

namespace Tessera.Host.CommandLine;

/// <summary>mount.tessera: what mount(8) calls for a volume in fstab: "mount.tessera VOLUME DIR [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t TYPE]".</summary>
internal static class MountHelperVerb
{
    /// <summary>mount(8), EXIT STATUS: incorrect invocation.</summary>
    private const int UsageFailure = 1;

    /// <summary>mount(8), EXIT STATUS: mount failure.</summary>
    private const int MountFailure = 32;

    private const string Name = "mount-helper";
    private const string Fake = "-f";

    /// <summary>As <see cref="MountVerb.LeavesDaemon"/>.</summary>
    public static bool LeavesDaemon(string[] args) => args.Length > 2 && args[0] == Name && !args.Contains(Fake);

    public static Command Create(DaemonLauncher launcher)
    {
        Argument<string> volume = new("VOLUME");
        Argument<string> directory = new("DIRECTORY");
        Option<string[]> options = new("-o");
        Option<bool> fake = new(Fake);
        Option<bool> sloppy = new("-s");
        Option<bool> readOnly = new("-r");
        var command = new Command(Name, "For mount(8).") { volume, directory, options, fake, sloppy, readOnly };
        command.Hidden = true;
        foreach (string ignored in new[] { "-n", "-v", "-w" })
        {
            command.Add(new Option<bool>(ignored));
        }

        command.Add(new Option<string?>("-N"));
        command.Add(new Option<string?>("-t"));
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(fake),
            () =>
            {
                MountOptions asked = MountOptionParser.Parse(parsed.GetValue(options) ?? [], parsed.GetValue(sloppy), Defaults());
                return new MountIntent
                {
                    Volume = parsed.GetRequiredValue(volume),
                    MountPoint = parsed.GetRequiredValue(directory),
                    Options = asked with { ReadOnly = asked.ReadOnly || parsed.GetValue(readOnly) },
                    Passphrase = asked.Passphrase,
                };
            },
            launcher,
            cancellation));
        return command;
    }

    /// <summary>mount(8) never passes on "suid" and "dev", which are its defaults, only "nosuid" and "nodev": what is not said is granted to root, as by every
    /// other helper.</summary>
    private static MountOptions Defaults()
    {
        bool isRoot = Libc.GetEffectiveUserId() == 0;
        return new MountOptions { SetUserId = isRoot, Devices = isRoot };
    }

    /// <summary>The exit code of mount(8) in the place of ours; the sentence is the same.</summary>
    private static async Task<int> RunAsync(bool fake, Func<MountIntent> read, DaemonLauncher launcher, CancellationToken cancellation)
    {
        try
        {
            MountIntent intent = read();
            return fake ? 0 : (int)await Mounter.RunAsync(intent, launcher, cancellation);
        }
#pragma warning disable CA1031 // As in TesseraCommand: whatever arrives here ends this command.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            CommandException refusal = Refusal.From(fault);
            ErrorReport.Write(refusal.Message, refusal.Advice);
            return refusal.Code == ExitCode.Usage ? UsageFailure : MountFailure;
        }
    }
}
