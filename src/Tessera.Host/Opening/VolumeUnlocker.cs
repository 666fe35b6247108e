using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Opening;

/// <summary>From a passphrase or recovery code to the volume's key. Nothing is written.</summary>
internal static class VolumeUnlocker
{
    /// <summary>Bytes of the key of profile plain: zeros, because it hides nothing (docs/format/container.md, Sealing).</summary>
    private const int PlainKeyBytes = KeyHeader.VolumeKeySize;

    /// <summary>Opens the key slots of the volume on a medium, asking for the passphrase only when there is something to unlock.</summary>
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>, and what reading the passphrase throws.</exception>
    /// <exception cref="ContainerFormatException">Not a volume, a newer one, or damaged.</exception>
    public static UnlockedVolume Unlock(IMedium medium, string volume, PassphraseSource source)
    {
        if (VeiledMedium.IsPlausible(medium))
        {
            return VeilUnlocker.Unlock(medium, volume, source);
        }

        ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
        if (header.Profile == ContainerProfile.Plain)
        {
            return new UnlockedVolume(header, Keys: null, OpenedBy: -1, new SecretBytes(PlainKeyBytes));
        }

        KeyHeaderChoice keys = KeyStorage.Read(medium);
        RequireSameVolume(keys.Header, header);
        SecretBytes key = Open(keys.Header, $"Passphrase of {volume}", source, out int slot);
        return new UnlockedVolume(header, keys, slot, key);
    }

    /// <summary>Reads a passphrase and opens one of the slots with it.</summary>
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>, and what reading the passphrase throws.</exception>
    public static SecretBytes Open(KeyHeader keys, string prompt, PassphraseSource source, out int slot)
    {
        using SecretInput input = PassphraseReader.Read(source, prompt);
        using Passphrase passphrase = PassphraseReader.Parse(input);
        if (keys.TryUnlock(passphrase, out SecretBytes? key, out slot))
        {
            return key;
        }

        throw new CommandException(
            ExitCode.WrongPassphrase,
            "The passphrase is wrong.",
            RecoveryCode.LooksMistyped(passphrase) ? "It looks like a recovery code with a mistake in it: compare it group by group." : "Nothing was changed.");
    }

    public static void RequireSameVolume(KeyHeader keys, ContainerHeader header)
    {
        if (new Guid(keys.VolumeId, bigEndian: true) != header.VolumeId)
        {
            throw new CommandException(ExitCode.Damaged, "The key slots belong to another volume.", "Put the right ones back with 'tessera key import'.");
        }
    }
}
