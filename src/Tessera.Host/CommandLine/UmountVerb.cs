using System.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>tessera umount: writes everything out, unmounts, and returns when the daemon has closed the volume.</summary>
internal static class UmountVerb
{
    public static Command Create()
    {
        Argument<string> target = new("MOUNTPOINT") { Description = "The directory where the volume is mounted, or the volume." };
        Option<bool> lazy = new("--lazy", "-l") { Description = "Take the mount away at once; programs inside keep what they have open until they close it." };
        var command = new Command("umount", "Unmount a volume; on a mount left dead by a killed daemon, detach it.") { target, lazy };
        command.SetAction(parsed => (int)Unmounter.Run(parsed.GetRequiredValue(target), parsed.GetValue(lazy)));
        return command;
    }
}
