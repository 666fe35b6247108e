using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.Sharing;

/// <summary>What one "--export" of "tessera serve" asked: a volume or a directory of its host that clients may mount.</summary>
/// <param name="Name">By which they ask for it.</param>
/// <param name="Source">The volume's path, or "dir:PATH".</param>
/// <param name="Options">How it is opened, as mount(8) would be told.</param>
internal sealed record ExportOptions(string Name, string Source, MountOptions Options)
{
    /// <summary>Longest name.</summary>
    public const int MaxName = 64;

    /// <summary>Options of a mount that are of no meaning where the server itself mounts nothing.</summary>
    private const string Known = "An export takes: ro, passphrase_file=FILE, passphrase_command=COMMAND, key_file=FILE, key_memory=SIZE, memory=SIZE, takeover, accept_rollback, noremember, reseal=RATE; and of a scattered volume decoys=N, reshuffle=PERCENT, cover=RATE, show_times.";

    /// <param name="text">NAME=PATH[,OPTION…]; a comma in a path is written "\\,".</param>
    /// <exception cref="CommandException">It is not that.</exception>
    public static ExportOptions Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? string.Empty : text[..equals];
        if (!IsName(name))
        {
            throw new CommandException(ExitCode.Usage, $"'{text}' is not NAME=PATH.", $"A name has up to {MaxName} letters, digits, '.', '-' and '_', and does not begin with '.'.");
        }

        string[] parts = [.. MountOptionParser.Split(text[(equals + 1)..])];
        if (parts.Length == 0)
        {
            throw new CommandException(ExitCode.Usage, $"'{text}' names nothing to export.", "Write NAME=VOLUME, or NAME=dir:DIRECTORY.");
        }

        MountOptions options = MountOptionParser.Parse(parts[1..]);
        var taken = new MountOptions
        {
            ReadOnly = options.ReadOnly,
            PassphraseFile = options.PassphraseFile,
            PassphraseCommand = options.PassphraseCommand,
            KeyFile = options.KeyFile,
            KeyMemoryKiB = options.KeyMemoryKiB,
            MemoryBytes = options.MemoryBytes,
            TakeOver = options.TakeOver,
            AcceptRollback = options.AcceptRollback,
            Forget = options.Forget,
            ResealRate = options.ResealRate,
            Decoys = options.Decoys,
            ReshufflePercent = options.ReshufflePercent,
            CoverRate = options.CoverRate,
            ShowTimes = options.ShowTimes,
        };
        return options == taken ? new ExportOptions(name, parts[0], taken) : throw new CommandException(ExitCode.Usage, $"'{text}' asks for what an export does not have.", Known);
    }

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && name[0] != '.' && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');
}
