using System.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>The options that say where a passphrase, device key or security key comes from, for the volume's own or for a new one.</summary>
internal sealed class PassphraseOptions
{
    private readonly Option<string?> _file;
    private readonly Option<string?> _command;
    private readonly Option<string?> _keyFile;
    private readonly Option<string?> _fido2;
    private readonly Option<string?> _pinFile;
    private Option<string?>? _keyMemory;

    private const string NewPrefix = "new-";

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
        _keyFile = new Option<string?>($"--{prefix}key-file")
        {
            Description = prefix == NewPrefix
                ? "The file with the new device key; made when there is none."
                : "A file with a device key, which opens the volume by itself or together with the passphrase.",
            HelpName = "FILE",
        };
        _fido2 = new Option<string?>($"--{prefix}fido2")
        {
            Description = prefix == NewPrefix
                ? "The security key (FIDO2) of the new slot, as fido2-token -L names it, or 'auto': the one that is plugged in."
                : "A security key (FIDO2), as fido2-token -L names it, or 'auto' for those plugged in: opens the volume by itself or together with the passphrase. Needs fido2-tools.",
            HelpName = "DEVICE",
        };
        _pinFile = new Option<string?>($"--{prefix}fido2-pin-file") { Description = "Read the security key's PIN from a file, instead of asking on the terminal.", HelpName = "FILE" };
    }

    /// <summary>For a volume. The cost of its keys is asked for too, unless the command has that option already.</summary>
    public static PassphraseOptions AddTo(Command command)
    {
        PassphraseOptions options = AddForCopyTo(command);
        options._keyMemory = command.Options.OfType<Option<string?>>().FirstOrDefault(option => option.Name == KeyCostOption.Name);
        if (options._keyMemory is null)
        {
            options._keyMemory = KeyCostOption.CreateForOpening();
            command.Add(options._keyMemory);
        }

        return options;
    }

    /// <summary>For a backup or exported key slots, which tell what their keys cost.</summary>
    public static PassphraseOptions AddForCopyTo(Command command) => AddTo(command, new PassphraseOptions(string.Empty, "the passphrase (or recovery code)"));

    public static PassphraseOptions AddNewTo(Command command) => AddTo(command, new PassphraseOptions(NewPrefix, "the new passphrase"));

    public static PassphraseOptions AddSourceTo(Command command) => AddTo(command, new PassphraseOptions("source-", "the passphrase of the source, where it is a volume,"));

    public PassphraseSource Source(ParseResult parsed) => new(parsed.GetValue(_file), parsed.GetValue(_command))
    {
        KeyFile = parsed.GetValue(_keyFile),
        Fido2 = Fido2Source.Of(parsed.GetValue(_fido2), parsed.GetValue(_pinFile)),
        KeyMemoryKiB = _keyMemory is not null && parsed.GetValue(_keyMemory) is { } memory ? KeyCostOption.Parse(memory).MemoryKiB : null,
    };

    private static PassphraseOptions AddTo(Command command, PassphraseOptions options)
    {
        command.Add(options._file);
        command.Add(options._command);
        command.Add(options._keyFile);
        command.Add(options._fido2);
        command.Add(options._pinFile);
        return options;
    }
}
