using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key export: the key slots as text, to put back when the volume's beginning and end are destroyed.</summary>
internal static class KeyExportVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Option<string?> output = new("--output", "-O") { Description = "A new file to write to, instead of standard output.", HelpName = "FILE" };
        var command = new Command("export", "Print the key slots as text, to be kept elsewhere. It opens with today's passphrases, and with nothing else.") { volume, output };
        command.SetAction(parsed =>
        {
            string text = KeyBackup.Encode(KeyChange.Read(parsed.GetRequiredValue(volume), source: null));
            if (parsed.GetValue(output) is { } path)
            {
                WriteNew(path, text);
            }
            else
            {
                Console.Out.Write(text);
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void WriteNew(string path, string text)
    {
        using var file = new StreamWriter(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(text);
    }
}
