using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>Options that mean the same in every verb.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print facts as JSON, for programs." };

    public static Option<string?> PassphraseFile() => new("--passphrase-file")
    {
        Description = "Read the passphrase from a file: all of it, without a line end at its end.",
        HelpName = "FILE",
    };

    public static Option<string?> PassphraseCommand() => new("--passphrase-command")
    {
        Description = "Run a command by 'sh -c' and take the first line it prints as the passphrase.",
        HelpName = "COMMAND",
    };

    public static Argument<string> MountPoint() => new("MOUNTPOINT") { Description = "The directory where the volume is mounted." };
}
