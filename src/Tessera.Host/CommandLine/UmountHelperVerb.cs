using System.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>umount.tessera: what umount(8) calls for a mount of type fuse.tessera: "umount.fuse.tessera DIR [-nlfrv] [-t TYPE]".</summary>
internal static class UmountHelperVerb
{
    public static Command Create()
    {
        Argument<string> target = new("DIRECTORY");
        Option<bool> lazy = new("-l");
        Option<bool> force = new("-f");
        var command = new Command("umount-helper", "For umount(8).") { Hidden = true };
        command.Add(target);
        command.Add(lazy);
        command.Add(force);
        foreach (string ignored in new[] { "-n", "-r", "-v" })
        {
            command.Add(new Option<bool>(ignored));
        }

        command.Add(new Option<string?>("-t"));
        command.Add(new Option<string?>("-N"));
        command.SetAction(parsed => (int)Unmounter.Run(parsed.GetRequiredValue(target), parsed.GetValue(lazy) ? UnmountManner.Lazy : parsed.GetValue(force) ? UnmountManner.Forced : UnmountManner.Polite));
        return command;
    }
}
