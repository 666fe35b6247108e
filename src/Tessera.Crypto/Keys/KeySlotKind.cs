namespace Tessera.Crypto;

/// <summary>What opens a key slot. Values are stored; 3 to 6 are reserved for a device, both together, a FIDO2 token and a secret share.</summary>
/// <remarks>A slot of a kind that this version does not know is kept and listed, but never tried.</remarks>
public enum KeySlotKind : byte
{
    None = 0,
    Passphrase = 1,
    RecoveryCode = 2,
}
