using System.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>tessera umount: writes everything out, unmounts, and returns when the daemon has closed the volume.</summary>
internal static class UmountVerb
{
    public static Command Create()
    {
        Argument<string?> target = new("MOUNTPOINT") { Description = "The directory where the volume is mounted, or the volume.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> all = new("--all", "-a") { Description = "Unmount everything of Tessera that you may: what is in use stays and is named, the others go." };
        Option<bool> lazy = new("--lazy", "-l") { Description = "Take the mount away at once; programs inside keep what they have open until they close it." };
        var command = new Command("umount", "Unmount a volume; on a mount left dead by a killed daemon, detach it.") { target, lazy, all };
        command.SetAction(parsed => (int)((parsed.GetValue(target), parsed.GetValue(all)) switch
        {
            (null, true) => Unmounter.RunAll(parsed.GetValue(lazy)),
            ({ } named, false) => Unmounter.Run(named, parsed.GetValue(lazy)),
            _ => throw new CommandException(ExitCode.Usage, "Name a MOUNTPOINT, or say --all, and not both."),
        }));
        return command;
    }
}
