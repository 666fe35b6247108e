namespace Tessera.Crypto;

/// <summary>What is offered to open a volume, or shall open a slot: a passphrase, a device key, FIDO2 authenticators, or a passphrase and
/// one of the others, which then are both needed. Owns none of them.</summary>
public sealed class KeyCredential
{
    /// <exception cref="ArgumentException">None is given.</exception>
    public KeyCredential(Passphrase? passphrase, DeviceKey? device, IFido2Key? fido2 = null)
    {
        if (passphrase is null && device is null && fido2 is null)
        {
            throw new ArgumentException("A passphrase, a device key or an authenticator is needed.", nameof(passphrase));
        }

        Passphrase = passphrase;
        Device = device;
        Fido2 = fido2;
    }

    public Passphrase? Passphrase { get; }

    public DeviceKey? Device { get; }

    public IFido2Key? Fido2 { get; }

    /// <summary>The kind of slot that takes exactly this.</summary>
    public KeySlotKind Kind =>
        Fido2 is not null ? KeySlotKind.Fido2 : Device is null ? KeySlotKind.Passphrase : Passphrase is null ? KeySlotKind.Device : KeySlotKind.Hybrid;

    public static implicit operator KeyCredential(Passphrase passphrase) => FromPassphrase(passphrase);

    public static KeyCredential FromPassphrase(Passphrase passphrase) => new(passphrase, device: null);

    /// <summary>Never the content.</summary>
    public override string ToString() => $"{nameof(KeyCredential)}({Kind})";
}
