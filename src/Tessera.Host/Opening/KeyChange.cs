using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Opening;

/// <summary>One change of a volume's key slots: unlock, change, write both copies. Also while the volume is mounted; one at a time.</summary>
internal static class KeyChange
{
    /// <param name="volume">Its path.</param>
    /// <param name="source">A passphrase or recovery code that opens it.</param>
    /// <param name="change">From the unlocked volume to its new key slots.</param>
    /// <exception cref="CommandException">Wrong passphrase; or the volume's profile has no keys.</exception>
    public static void Apply(string volume, PassphraseSource source, Func<UnlockedVolume, KeyHeader> change)
    {
        // A mount reads the key slots once, when it begins, and never writes them: they may change beneath it.
        using FileMedium medium = FileMedium.Open(volume, new FileMediumOptions { Locked = false });
        medium.LockRange(Geometry.KeySlotsOffset(0), Geometry.KeySlotsLength);
        using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume, source);
        KeyHeaderChoice keys = unlocked.Keys ?? throw NoKeys(volume);
        KeyStorage.Write(medium, change(unlocked), keys.IsSecond);
    }

    /// <summary>The key slots as they are, without a passphrase, also while the volume is mounted.</summary>
    public static KeyHeader Read(string volume)
    {
        using FileMedium medium = FileMedium.Open(volume, new FileMediumOptions { ReadOnly = true, Locked = false });
        ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
        if (header.Profile == ContainerProfile.Plain)
        {
            throw NoKeys(volume);
        }

        return KeyStorage.Read(medium).Header;
    }

    private static CommandException NoKeys(string volume) =>
        new(ExitCode.Usage, $"{volume} has profile plain: it hides nothing, and has no keys.");
}
