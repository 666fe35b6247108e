using System.Diagnostics.CodeAnalysis;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Opening;

/// <summary>From a passphrase, recovery code or key file to the volume's key. Nothing is written.</summary>
internal static class VolumeUnlocker
{
    /// <summary>Bytes of the key of profile plain: zeros, because it hides nothing (docs/format/container.md, Sealing).</summary>
    private const int PlainKeyBytes = KeyHeader.VolumeKeySize;

    /// <summary>Opens the key slots of the volume on a medium, asking for the passphrase only when there is something to unlock.</summary>
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>, and what reading the passphrase throws.</exception>
    /// <exception cref="ContainerFormatException">Not a volume, a newer one, or damaged.</exception>
    /// <param name="medium">The volume's.</param>
    /// <param name="volume">As the user wrote it.</param>
    /// <param name="source">Where the passphrase comes from.</param>
    /// <param name="keepsCode">A recovery code that opens it is <see cref="UnlockedVolume.Code"/>.</param>
    public static UnlockedVolume Unlock(IMedium medium, string volume, PassphraseSource source, bool keepsCode = false)
    {
        if (VeiledMedium.IsPlausible(medium))
        {
            return VeilUnlocker.Unlock(medium, volume, source, keepsCode);
        }

        ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
        if (header.Profile == ContainerProfile.Plain)
        {
            return new UnlockedVolume(header, Keys: null, OpenedBy: -1, new SecretBytes(PlainKeyBytes));
        }

        KeyHeaderChoice keys = KeyStorage.Read(medium);
        RequireSameVolume(keys.Header, header);
        var use = new RecoveryUse { Volume = volume, Keeps = keepsCode };
        return WrongTries.Count(header, () =>
        {
            SecretBytes key = Open(keys.Header, $"Passphrase of {volume}", source, out int slot, use);
            return new UnlockedVolume(header, keys, slot, key) { Code = use.Kept };
        });
    }

    /// <summary>Reads what the user has, and opens one of the slots with it: a key file first, then a security key, a passphrase only when these alone do not open.</summary>
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>, and what reading a passphrase or key file throws.</exception>
    /// <param name="keys">Its key slots.</param>
    /// <param name="prompt">What is asked for on a terminal.</param>
    /// <param name="source">Where the passphrase comes from.</param>
    /// <param name="slot">The slot that opened.</param>
    /// <param name="use">What else a recovery code is good for; null: nothing.</param>
    public static SecretBytes Open(KeyHeader keys, string prompt, PassphraseSource source, out int slot, RecoveryUse? use = null)
    {
        using (CredentialReader? device = CredentialReader.ReadDevice(source))
        {
            if (device is not null && keys.TryUnlock(device.Credential, out SecretBytes? opened, out slot))
            {
                return opened;
            }
        }

        IReadOnlyList<KeySlotInfo> slots = keys.List();
        using SecurityKey? security = SecurityKeyFor(slots, source);
        if (security is not null && TryUnlockBy(security, keys, isNamed: source.Fido2 is not null, out SecretBytes? given, out slot))
        {
            return given;
        }

        bool hasHybrid = slots.Any(known => known.Kind == KeySlotKind.Hybrid || known is { Kind: KeySlotKind.Fido2, Argon2: not null });
        if (source.IsTerminal && !hasHybrid && (source.KeyFile ?? source.Fido2?.Device) is not null)
        {
            throw new CommandException(ExitCode.WrongPassphrase, $"The {(source.KeyFile is null ? "security key" : "key file")} opens no slot.", "Nothing was changed.");
        }

        using CredentialReader both = CredentialReader.Read(source, security, prompt);
        if (use?.TryOuter(keys, both.Credential.Passphrase!, out SecretBytes? key, out slot) == true || keys.TryUnlock(both.Credential, out key, out slot))
        {
            use?.Keep(keys, slot, both.Credential.Passphrase!);
            return key;
        }

        throw new CommandException(ExitCode.WrongPassphrase, SentenceFor(both.Credential), use?.Advice ?? AdviceFor(both.Credential, slots));
    }

    /// <summary>The security key that was named; or, when nothing was, those that are plugged in, where nothing but them and recovery codes opens the volume.</summary>
    private static SecurityKey? SecurityKeyFor(IReadOnlyList<KeySlotInfo> slots, PassphraseSource source)
    {
        if (source.Fido2 is { } named)
        {
            var key = new SecurityKey(named);
            try
            {
                return key.IsThere ? key : throw SecurityKey.None();
            }
            catch
            {
                key.Dispose();
                throw;
            }
        }

        return source is { IsTerminal: true, KeyFile: null }
            && slots.Any(slot => slot.Kind == KeySlotKind.Fido2)
            && slots.All(slot => slot.Kind is KeySlotKind.Fido2 or KeySlotKind.RecoveryCode or KeySlotKind.OuterRecovery)
            ? new SecurityKey(new Fido2Source(Fido2Source.Auto, PinFile: null))
            : null;
    }

    /// <summary>Nobody who has only the recovery code is kept out by a key that was not named.</summary>
    private static bool TryUnlockBy(SecurityKey security, KeyHeader keys, bool isNamed, [NotNullWhen(true)] out SecretBytes? key, out int slot)
    {
        try
        {
            return keys.TryUnlock(new KeyCredential(passphrase: null, device: null, security), out key, out slot);
        }
        catch (CommandException fault) when (!isNamed)
        {
            Console.Error.WriteLine(fault.Message);
            (key, slot) = (null, -1);
            return false;
        }
    }

    private static string SentenceFor(KeyCredential tried) =>
        tried.Fido2 is not null ? "The passphrase is wrong, or the security key opens no slot."
        : tried.Device is null ? "The passphrase is wrong."
        : "The passphrase or the key file is wrong.";

    private static string AdviceFor(KeyCredential tried, IReadOnlyList<KeySlotInfo> slots) =>
        RecoveryCode.LooksMistyped(tried.Passphrase!) ? "It looks like a recovery code with a mistake in it: compare it group by group."
        : tried.Device is null && slots.Any(slot => slot.Kind == KeySlotKind.Hybrid) ? "Nothing was changed. A slot of this volume needs a key file besides the passphrase: --key-file FILE."
        : tried.Fido2 is null && slots.Any(slot => slot.Kind == KeySlotKind.Fido2) ? "Nothing was changed. A slot of this volume is opened by a security key: --fido2 auto."
        : "Nothing was changed.";

    public static void RequireSameVolume(KeyHeader keys, ContainerHeader header)
    {
        if (new Guid(keys.VolumeId, bigEndian: true) != header.VolumeId)
        {
            throw new CommandException(ExitCode.Damaged, "The key slots belong to another volume.", "Put the right ones back with 'tessera key import'.");
        }
    }
}
