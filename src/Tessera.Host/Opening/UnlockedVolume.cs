using Tessera.Container.Format;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Opening;

/// <summary>What opening the key slots gave.</summary>
/// <param name="Header">The volume's header.</param>
/// <param name="Keys">Its key slots; null for profile plain.</param>
/// <param name="OpenedBy">The slot that opened, −1 when none was needed.</param>
/// <param name="Key">The volume key, disposed with this.</param>
internal sealed record UnlockedVolume(ContainerHeader Header, KeyHeaderChoice? Keys, int OpenedBy, SecretBytes Key) : IDisposable
{
    /// <summary>Through which header and key slots of a scattered volume are read and written; null for the others, which need none.</summary>
    public VeiledMedium? Veil { get; init; }

    /// <summary>The volume's recovery code, when that opened it and was to be kept; disposed with this.</summary>
    public RecoveryCode? Code { get; init; }

    /// <summary>What opens a scattered volume; changes of it are written with the next key slots. Null for the others.</summary>
    public HiddenKeys? Hidden => Veil?.NewKeys;

    /// <summary>Wraps the key for a slot's new passphrase where that is hidden, too.</summary>
    public void Hide(int slot, KeyCredential credential, Argon2Parameters cost) => Hidden?.Put(slot, credential.Passphrase!, cost, Key);

    /// <summary>Hidden slots are opened by passphrases.</summary>
    /// <exception cref="CommandException">The volume is scattered, and the new slot shall be of another kind: exit 2.</exception>
    public void RequireKind(KeySlotKind kind)
    {
        if (Veil is not null && kind != KeySlotKind.Passphrase)
        {
            throw NoKeyFiles();
        }
    }

    /// <summary>What is said to who wants to open a scattered volume by a key file or a security key.</summary>
    public static CommandException NoKeyFiles() =>
        new(ExitCode.Usage, "A scattered volume is opened by passphrases only.", "Leave out the key file or security key, and --mode. Nothing was changed.");

    /// <summary>What a guess at a new passphrase shall cost here: passes and lanes of a scattered volume are fixed by its format.</summary>
    public Argon2Parameters CostOf(Argon2Parameters asked) => Veil is null ? asked : HiddenSlots.Cost(asked.MemoryKiB);

    public void Dispose()
    {
        Veil?.Leave();
        Key.Dispose();
        Code?.Dispose();
    }
}
