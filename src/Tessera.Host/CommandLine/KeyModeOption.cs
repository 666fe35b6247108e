using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>What shall open a new slot: a passphrase, a key file, a security key, or a passphrase and one of these.</summary>
internal static class KeyModeOption
{
    /// <summary>The recovery code's slot; no new one can be of it.</summary>
    public const string Recovery = "recovery";

    /// <summary>The slot of the recovery code of the volume that this one lies in; neither.</summary>
    public const string OuterRecovery = "outer-recovery";

    private const string User = "user";
    private const string Device = "device";
    private const string Hybrid = "hybrid";

    /// <summary>A security key, with its PIN and a touch.</summary>
    public const string Fido2 = "fido2";

    /// <summary>A passphrase and a security key.</summary>
    public const string Fido2Hybrid = "fido2-hybrid";

    public static Option<string> Create()
    {
        var option = new Option<string>("--mode")
        {
            Description = "user: a passphrase. device: a key file, for machines that start without anybody there. hybrid: both, and neither alone. fido2: a security key (FIDO2). fido2-hybrid: a passphrase and the security key.",
            DefaultValueFactory = _ => User,
            HelpName = "user|device|hybrid|fido2|fido2-hybrid",
        };
        option.AcceptOnlyFromAmong(User, Device, Hybrid, Fido2, Fido2Hybrid);
        return option;
    }

    /// <exception cref="CommandException">A key file was given, or not, against the mode: exit 2.</exception>
    public static SlotMode Parse(string? mode, PassphraseSource source, string keyFileOption)
    {
        SlotMode wanted = mode switch
        {
            Device => new SlotMode(KeySlotKind.Device, TakesPassphrase: false),
            Hybrid => new SlotMode(KeySlotKind.Hybrid, TakesPassphrase: true),
            Fido2 => new SlotMode(KeySlotKind.Fido2, TakesPassphrase: false),
            Fido2Hybrid => new SlotMode(KeySlotKind.Fido2, TakesPassphrase: true),
            _ => SlotMode.User,
        };
        bool needsFile = wanted.Kind is KeySlotKind.Device or KeySlotKind.Hybrid;
        if (needsFile != source.KeyFile is not null)
        {
            throw new CommandException(
                ExitCode.Usage,
                needsFile ? $"Mode {mode} needs a key file." : "A key file was given, and a mode that has none.",
                needsFile ? $"Give {keyFileOption} FILE: it is made when there is none." : $"Say --mode {Device}, or --mode {Hybrid} for a passphrase and the key file together.");
        }

        return !wanted.TakesPassphrase && !source.IsTerminal
            ? throw new CommandException(ExitCode.Usage, $"Mode {mode} takes no passphrase.", $"For both, say --mode {(needsFile ? Hybrid : Fido2Hybrid)}.")
            : wanted;
    }

    /// <summary>The mode of a slot, for people.</summary>
    public static string NameOf(KeySlotInfo slot) => slot.Kind switch
    {
        KeySlotKind.Passphrase => User,
        KeySlotKind.Device => Device,
        KeySlotKind.Hybrid => Hybrid,
        KeySlotKind.Fido2 => slot.Argon2 is null ? Fido2 : Fido2Hybrid,
        KeySlotKind.RecoveryCode => Recovery,
        KeySlotKind.OuterRecovery => OuterRecovery,
        _ => "unknown",
    };
}
