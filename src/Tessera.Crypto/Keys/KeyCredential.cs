namespace Tessera.Crypto;

/// <summary>What is offered to open a volume, or shall open a slot: a passphrase, a device key, or both, which then are both needed. Owns neither.</summary>
public sealed class KeyCredential
{
    /// <exception cref="ArgumentException">Neither is given.</exception>
    public KeyCredential(Passphrase? passphrase, DeviceKey? device)
    {
        if (passphrase is null && device is null)
        {
            throw new ArgumentException("A passphrase or a device key is needed.", nameof(passphrase));
        }

        Passphrase = passphrase;
        Device = device;
    }

    public Passphrase? Passphrase { get; }

    public DeviceKey? Device { get; }

    /// <summary>The kind of slot that takes exactly this.</summary>
    public KeySlotKind Kind => Device is null ? KeySlotKind.Passphrase : Passphrase is null ? KeySlotKind.Device : KeySlotKind.Hybrid;

    public static implicit operator KeyCredential(Passphrase passphrase) => FromPassphrase(passphrase);

    public static KeyCredential FromPassphrase(Passphrase passphrase) => new(passphrase, device: null);

    /// <summary>Never the content.</summary>
    public override string ToString() => $"{nameof(KeyCredential)}({Kind})";
}
