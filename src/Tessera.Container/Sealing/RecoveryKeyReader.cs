using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>Reads an open container's recovery key pair, as it is told to who makes a lock in it (docs/format/keys.md, section 5).</summary>
public static class RecoveryKeyReader
{
    /// <param name="store">Open. Its key slots are read anew: they may have been changed beneath.</param>
    /// <returns>Null when the container has no recovery code, or no keys at all.</returns>
    /// <exception cref="ContainerFormatException">No copy of the key slots is whole, or they were changed by somebody without the volume's key.</exception>
    public static SealedRecoveryKey? Read(ContainerStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.Header.Profile == ContainerProfile.Plain)
        {
            return null;
        }

        try
        {
            return KeySwitch.Read(store.Parts.Medium, store.Header.Places).Header.ReadRecoveryKey(store.Parts.Keys.VolumeKey);
        }
        catch (KeyHeaderException tampered)
        {
            throw new ContainerFormatException(FormatFault.Damaged, tampered.Message);
        }
    }
}
