using System.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>The two options that say where a passphrase comes from, for the volume's own or for a new one.</summary>
internal sealed class PassphraseOptions
{
    private readonly Option<string?> _file;
    private readonly Option<string?> _command;

    private PassphraseOptions(string prefix, string whose)
    {
        _file = new Option<string?>($"--{prefix}passphrase-file")
        {
            Description = $"Read {whose} from a file: all of it, without a line end at its end.",
            HelpName = "FILE",
        };
        _command = new Option<string?>($"--{prefix}passphrase-command")
        {
            Description = $"Run a command by 'sh -c' and take the first line that it prints as {whose}.",
            HelpName = "COMMAND",
        };
    }

    public static PassphraseOptions AddTo(Command command) => AddTo(command, new PassphraseOptions(string.Empty, "the passphrase (or recovery code)"));

    public static PassphraseOptions AddNewTo(Command command) => AddTo(command, new PassphraseOptions("new-", "the new passphrase"));

    public static PassphraseOptions AddSourceTo(Command command) => AddTo(command, new PassphraseOptions("source-", "the passphrase of the source, where it is a volume,"));

    public PassphraseSource Source(ParseResult parsed) => new(parsed.GetValue(_file), parsed.GetValue(_command));

    private static PassphraseOptions AddTo(Command command, PassphraseOptions options)
    {
        command.Add(options._file);
        command.Add(options._command);
        return options;
    }
}
