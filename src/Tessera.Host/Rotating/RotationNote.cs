using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.Opening;

namespace Tessera.Host.Rotating;

/// <summary>What the key slots say of a rotation, for who asks without opening the volume. Also while the volume is open: one change at a time.</summary>
internal static class RotationNote
{
    /// <summary>Writes how far it is; with <see cref="KeyRotation.None"/> that it is through.</summary>
    /// <exception cref="MediumException">A change of the keys is under way, or the medium cannot be written.</exception>
    public static void Write(string volume, SecretBytes key, KeyRotation rotation, int done)
    {
        using IHostMedium medium = HostMedium.Open(volume, new FileMediumOptions { Locked = false });
        medium.LockRange(FixedPlaces.Ordinary.KeySlotsOffset(0), Geometry.KeySlotsLength);
        IMedium lifted = VeiledMedium.Lift(medium, key.Span);
        try
        {
            KeyHeaderChoice keys = KeyStorage.Read(lifted);
            if (keys.Header.Rotation == KeyRotation.Resealing)
            {
                KeyStorage.Write(lifted, keys.Header.WithRotation(key, rotation, done), keys.IsSecond);
            }
        }
        finally
        {
            (lifted as VeiledMedium)?.Leave();
        }
    }
}
