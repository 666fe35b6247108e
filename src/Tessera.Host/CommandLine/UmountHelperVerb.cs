using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>umount.tessera: what umount(8) calls for a mount of type fuse.tessera: "umount.fuse.tessera DIR [-nlfrv] [-t TYPE]".</summary>
internal static class UmountHelperVerb
{
    public static Command Create()
    {
        Argument<string> target = new("DIRECTORY");
        Option<bool> lazy = new("-l");
        var command = new Command("umount-helper", "For umount(8).") { Hidden = true };
        command.Add(target);
        command.Add(lazy);
        foreach (string ignored in new[] { "-n", "-f", "-r", "-v" })
        {
            command.Add(new Option<bool>(ignored));
        }

        command.Add(new Option<string?>("-t"));
        command.Add(new Option<string?>("-N"));
        command.SetAction(parsed => (int)Mounting.Unmounter.Run(parsed.GetRequiredValue(target), parsed.GetValue(lazy)));
        return command;
    }
}
