using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Host.Opening;

/// <summary>Looks at both copies of the key slots, and writes the newer over a damaged one. Also while the volume is mounted.</summary>
internal static class KeySlotCheck
{
    /// <summary>Whether both copies are whole and the same.</summary>
    /// <exception cref="Crypto.KeyHeaderException">Neither is whole.</exception>
    public static bool AreWhole(string volume)
    {
        using IHostMedium medium = HostMedium.Open(volume, new FileMediumOptions { ReadOnly = true, Locked = false });
        return ContainerHeader.Read(medium, forWriting: false).Profile == ContainerProfile.Plain || !KeyStorage.Read(medium).NeedsRepair;
    }

    /// <summary>Makes both copies the same.</summary>
    /// <exception cref="MediumException">A change of the keys is under way, or the medium cannot be written.</exception>
    public static void Heal(string volume)
    {
        using IHostMedium medium = HostMedium.Open(volume, new FileMediumOptions { Locked = false });
        medium.LockRange(FixedPlaces.Ordinary.KeySlotsOffset(0), Geometry.KeySlotsLength);
        Crypto.KeyHeaderChoice keys = KeyStorage.Read(medium);
        if (keys.NeedsRepair)
        {
            KeyStorage.Write(medium, keys.Header, keys.IsSecond);
        }
    }
}
