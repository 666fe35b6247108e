using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>A passphrase, a device key, a security key, or a passphrase and one of these, read from where the user said; zeroed when disposed.</summary>
internal sealed class CredentialReader : IDisposable
{
    private readonly Passphrase? passphrase;
    private readonly DeviceKey? device;
    private readonly SecurityKey? owned;

    private CredentialReader(Passphrase? passphrase, DeviceKey? device, SecurityKey? lent = null, SecurityKey? owned = null)
    {
        this.passphrase = passphrase;
        this.device = device;
        this.owned = owned;
        Credential = new KeyCredential(passphrase, device, lent ?? owned);
    }

    public KeyCredential Credential { get; }

    /// <summary>What shall open a new slot of a kind. A passphrase is asked for twice; a key file that is not there is made.</summary>
    /// <exception cref="CommandException">As <see cref="PassphraseReader"/> and <see cref="DeviceKeyFile"/>.</exception>
    public static CredentialReader ReadNew(SlotMode mode, PassphraseSource source, string question)
    {
        if (mode.Kind is not (KeySlotKind.Device or KeySlotKind.Hybrid) && source.KeyFile is not null)
        {
            throw new CommandException(ExitCode.Usage, "A key file was given, and a mode that has none.", "Make the volume with 'tessera init --mode device' or '--mode hybrid'.");
        }

        Passphrase? known = mode.TakesPassphrase ? ReadNewPassphrase(source, question) : null;
        return mode.Kind == KeySlotKind.Fido2
            ? new CredentialReader(known, device: null, owned: new SecurityKey(source.Fido2!))
            : WithDevice(known, source.KeyFile, file => DeviceKeyFile.ReadOrMake(file, source.Sealing));
    }

    /// <summary>The key file of the source alone, to be tried before anybody is asked for a passphrase; null when none is given.</summary>
    public static CredentialReader? ReadDevice(PassphraseSource source) =>
        source.KeyFile is { } file ? new CredentialReader(passphrase: null, DeviceKeyFile.Read(file)) : null;

    /// <summary>A passphrase, and besides it the key file that the source names, and a security key that stays the caller's.</summary>
    public static CredentialReader Read(PassphraseSource source, SecurityKey? key, string question)
    {
        using SecretInput input = PassphraseReader.Read(source, question);
        return WithDevice(PassphraseReader.Parse(input), source.KeyFile, DeviceKeyFile.Read, key);
    }

    public void Dispose()
    {
        passphrase?.Dispose();
        device?.Dispose();
        owned?.Dispose();
    }

    private static Passphrase ReadNewPassphrase(PassphraseSource source, string question)
    {
        using SecretInput input = PassphraseReader.ReadNew(source, question);
        return PassphraseReader.Parse(input);
    }

    private static CredentialReader WithDevice(Passphrase? known, string? file, Func<string, DeviceKey> read, SecurityKey? key = null)
    {
        try
        {
            return new CredentialReader(known, file is null ? null : read(file), key);
        }
        catch
        {
            known?.Dispose();
            throw;
        }
    }
}
