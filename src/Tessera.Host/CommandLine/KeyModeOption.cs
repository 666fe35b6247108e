using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>What shall open a new slot: a passphrase, a key file, or both.</summary>
internal static class KeyModeOption
{
    private const string User = "user";
    private const string Device = "device";
    private const string Hybrid = "hybrid";

    public static Option<string> Create()
    {
        var option = new Option<string>("--mode")
        {
            Description = "user: a passphrase. device: a key file, for machines that start without anybody there. hybrid: both, and neither alone.",
            DefaultValueFactory = _ => User,
            HelpName = "user|device|hybrid",
        };
        option.AcceptOnlyFromAmong(User, Device, Hybrid);
        return option;
    }

    /// <exception cref="CommandException">A key file was given, or not, against the mode: exit 2.</exception>
    public static KeySlotKind Parse(string? mode, PassphraseSource source, string keyFileOption)
    {
        KeySlotKind kind = mode switch
        {
            Device => KeySlotKind.Device,
            Hybrid => KeySlotKind.Hybrid,
            _ => KeySlotKind.Passphrase,
        };
        bool needsFile = kind != KeySlotKind.Passphrase;
        if (needsFile != source.KeyFile is not null)
        {
            throw new CommandException(
                ExitCode.Usage,
                needsFile ? $"Mode {mode} needs a key file." : "A key file was given, and a mode that has none.",
                needsFile ? $"Give {keyFileOption} FILE: it is made when there is none." : $"Say --mode {Device}, or --mode {Hybrid} for a passphrase and the key file together.");
        }

        return kind == KeySlotKind.Device && !source.IsTerminal
            ? throw new CommandException(ExitCode.Usage, "Mode device takes no passphrase.", $"For both, say --mode {Hybrid}.")
            : kind;
    }

    /// <summary>The mode of a slot, for people.</summary>
    public static string NameOf(KeySlotKind kind) => kind switch
    {
        KeySlotKind.Passphrase => User,
        KeySlotKind.Device => Device,
        KeySlotKind.Hybrid => Hybrid,
        KeySlotKind.RecoveryCode => "recovery",
        _ => "unknown",
    };
}
