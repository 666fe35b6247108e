using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Opening;

/// <summary>One change of a volume's key slots: unlock, change, write both copies. Also while the volume is mounted; one at a time.</summary>
internal static class KeyChange
{
    /// <param name="volume">Its path.</param>
    /// <param name="source">A passphrase or recovery code that opens it.</param>
    /// <param name="rollback">What is done with an older volume than was seen here.</param>
    /// <param name="change">From the unlocked volume to its new key slots.</param>
    /// <exception cref="CommandException">Wrong passphrase; or the volume's profile has no keys.</exception>
    public static void Apply(string volume, PassphraseSource source, RollbackPolicy rollback, Func<UnlockedVolume, KeyHeader> change)
    {
        // A mount reads the key slots once, when it begins, and never writes them: they may change beneath it.
        using IHostMedium medium = HostMedium.Open(volume, new FileMediumOptions { Locked = false });
        medium.LockRange(FixedPlaces.Ordinary.KeySlotsOffset(0), Geometry.KeySlotsLength);
        using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume, source, keepsCode: true);
        KeyHeaderChoice keys = unlocked.Keys ?? throw NoKeys(volume);
        rollback.Check(medium, unlocked);
        if (keys.Header.Rotation == KeyRotation.Switching)
        {
            throw new CommandException(ExitCode.Busy, "A rotation of the volume's key was cut off at its beginning.", "Run 'tessera key rotate' first: it goes on. Nothing was changed.");
        }

        KeyStorage.Write(unlocked.Veil ?? (IMedium)medium, change(unlocked), keys.IsSecond);
    }

    /// <summary>The key slots as they are, also while the volume is mounted. Only of a scattered volume a passphrase is asked for.</summary>
    /// <param name="volume">Its path.</param>
    /// <param name="source">Opens a scattered volume; null when its key slots are not to be told.</param>
    public static KeyHeader Read(string volume, PassphraseSource? source)
    {
        using IHostMedium medium = HostMedium.Open(volume, new FileMediumOptions { ReadOnly = true, Locked = false });
        if (VeiledMedium.IsPlausible(medium))
        {
            using UnlockedVolume unlocked = VeilUnlocker.Unlock(medium, volume, source ?? throw NoReadableKeys(volume));
            return unlocked.Keys!.Header;
        }

        ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
        if (header.Profile == ContainerProfile.Plain)
        {
            throw NoKeys(volume);
        }

        return KeyStorage.Read(medium).Header;
    }

    private static CommandException NoReadableKeys(string volume) => new(
        ExitCode.NotAVolume,
        $"{volume} has no header that could be read: it is no volume, or a scattered one, whose key slots are not exported.",
        "They would say in the clear that there is a volume. Keep its recovery code, or a copy of all of it.");

    private static CommandException NoKeys(string volume) =>
        new(ExitCode.Usage, $"{volume} has profile plain: it hides nothing, and has no keys.");
}
