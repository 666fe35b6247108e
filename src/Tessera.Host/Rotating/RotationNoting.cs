using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Rotating;
using Tessera.Crypto;

namespace Tessera.Host.Rotating;

/// <summary>Writes into the key slots of an open volume how far a rotation is, while nobody else changes them.</summary>
internal static class RotationNoting
{
    /// <param name="volume">Its path.</param>
    /// <param name="store">The same, open for writing.</param>
    /// <param name="rotation">With <see cref="KeyRotation.None"/> that it is through.</param>
    /// <param name="done">Thousandths.</param>
    /// <returns>False when somebody changes the keys just now, or the medium fails, which the volume itself tells.</returns>
    public static bool TryWrite(string volume, ContainerStore store, KeyRotation rotation, int done)
    {
        try
        {
            using IHostMedium medium = HostMedium.Open(volume, new FileMediumOptions { Locked = false });
            medium.LockRange(FixedPlaces.Ordinary.KeySlotsOffset(0), Geometry.KeySlotsLength);
            RotationNote.Write(store, rotation, done);
            return true;
        }
        catch (IOException fault) when (fault is MediumException or ContainerFormatException)
        {
            return false;
        }
    }
}
