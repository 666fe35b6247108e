using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Opening;

/// <summary>From a passphrase or recovery code to the key of a scattered volume, which shows nothing of itself (docs/format/scattered.md, Opening).</summary>
internal static class VeilUnlocker
{
    /// <summary>Reads a passphrase and tries it on every slot of copy A, then of copy B: one derivation each.</summary>
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>, also where there is no volume: nothing can tell which. And what reading the
    /// passphrase throws.</exception>
    /// <param name="medium">The volume's.</param>
    /// <param name="volume">As the user wrote it.</param>
    /// <param name="source">Where the passphrase comes from.</param>
    /// <param name="keepsCode">A recovery code that opens it is <see cref="UnlockedVolume.Code"/>.</param>
    public static UnlockedVolume Unlock(IMedium medium, string volume, PassphraseSource source, bool keepsCode = false)
    {
        if (source.KeyFile is not null || source.Fido2 is not null)
        {
            throw UnlockedVolume.NoKeyFiles();
        }

        using SecretInput input = PassphraseReader.Read(source, $"Passphrase of {volume}");
        using Passphrase passphrase = PassphraseReader.Parse(input);
        UnlockedVolume unlocked = Unlock(medium, passphrase, source.KeyMemoryKiB);
        return keepsCode ? unlocked with { Code = RecoveryUse.CodeOf(unlocked.Keys!.Header, unlocked.OpenedBy, passphrase) } : unlocked;
    }

    /// <summary>Tries a passphrase that was read.</summary>
    /// <param name="medium">The volume's.</param>
    /// <param name="passphrase">Or the text of the recovery code.</param>
    /// <param name="keyMemoryKiB">What deriving a key takes, where it is not the usual.</param>
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>.</exception>
    public static UnlockedVolume Unlock(IMedium medium, Passphrase passphrase, int? keyMemoryKiB)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            HiddenSlots slots = VeiledMedium.ReadSlots(medium, copy);
            if (slots.TryUnlock(passphrase, HiddenSlots.Cost(keyMemoryKiB), out SecretBytes? key, out int slot))
            {
                if (TryOpen(medium, key, slot, newest => newest.Of(copy).HasSame(slot, slots)) is { } unlocked)
                {
                    return unlocked;
                }

                key.Dispose();
            }
        }

        throw new CommandException(
            ExitCode.WrongPassphrase,
            "The passphrase is wrong, or this is no volume: there is no header to be seen, and of a scattered volume nobody could tell without the passphrase.",
            RecoveryCode.LooksMistyped(passphrase)
                ? "It looks like a recovery code with a mistake in it: compare it group by group."
                : $"Nothing was changed. If it was made with {KeyCostOption.Name}, give the same value.");
    }

    /// <summary>Null when the newest copy does not know the slot: its passphrase was removed, and a cut kept the other copy from following.</summary>
    private static UnlockedVolume? TryOpen(IMedium medium, SecretBytes key, int slot, Predicate<HiddenKeys> isKnown)
    {
        if (VeiledMedium.Lift(medium, key.Span) is not VeiledMedium veil)
        {
            return null;
        }

        KeyHeaderChoice keys = KeyStorage.Read(veil);
        veil.NewKeys = veil.ReadKeys(keys.IsSecond ? 1 : 0);
        if (veil.NewKeys is not { } newest || !isKnown(newest))
        {
            veil.Leave();
            return null;
        }

        ContainerHeader header = ContainerHeader.Read(veil, forWriting: false);
        VolumeUnlocker.RequireSameVolume(keys.Header, header);
        return new UnlockedVolume(header, keys, slot, key) { Veil = veil };
    }
}
