namespace Tessera.Crypto;

/// <summary>What opens a key slot. Values are stored; 6 is reserved for a secret share.</summary>
/// <remarks>A slot of a kind that this version does not know is kept and listed, but never tried.</remarks>
public enum KeySlotKind : byte
{
    None = 0,
    Passphrase = 1,
    RecoveryCode = 2,

    /// <summary>A device key alone.</summary>
    Device = 3,

    /// <summary>A passphrase and a device key, both.</summary>
    Hybrid = 4,

    /// <summary>A FIDO2 authenticator, or a passphrase and the authenticator, both.</summary>
    Fido2 = 5,

    /// <summary>The recovery code of the volume that this one lies in: a lock's.</summary>
    OuterRecovery = 7,
}
