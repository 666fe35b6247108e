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
        Option<bool> force = new("--force", "-f") { Description = "Where programs have something open in it: hand over what they have written, then let their files fail, and close the volume." };
        var command = new Command("umount", "Unmount a volume; on a mount left dead by a killed daemon, detach it.") { target, lazy, force, all };
        command.SetAction(parsed => (int)((parsed.GetValue(target), parsed.GetValue(all)) switch
        {
            (null, true) => Unmounter.RunAll(MannerOf(parsed.GetValue(lazy), parsed.GetValue(force))),
            ({ } named, false) => Unmounter.Run(named, MannerOf(parsed.GetValue(lazy), parsed.GetValue(force))),
            _ => throw new CommandException(ExitCode.Usage, "Name a MOUNTPOINT, or say --all, and not both."),
        }));
        return command;
    }

    private static UnmountManner MannerOf(bool lazy, bool force) => (lazy, force) switch
    {
        (true, true) => throw new CommandException(ExitCode.Usage, "--lazy lets programs go on, --force does not: say one of them."),
        (true, false) => UnmountManner.Lazy,
        (false, true) => UnmountManner.Forced,
        _ => UnmountManner.Polite,
    };
}
