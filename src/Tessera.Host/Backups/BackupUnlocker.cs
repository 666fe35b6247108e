using Tessera.Container.Backup;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Backups;

/// <summary>From a passphrase to the key of a backup: a backup has the key slots of its time.</summary>
internal static class BackupUnlocker
{
    /// <exception cref="CommandException"><see cref="ExitCode.WrongPassphrase"/>, <see cref="ExitCode.Damaged"/>, and what reading the passphrase throws.</exception>
    public static SecretBytes Unlock(BackupCatalog.Entry backup, PassphraseSource source)
    {
        if (backup.Header.Algorithm == SealAlgorithm.Checksum)
        {
            return new SecretBytes(KeyHeader.VolumeKeySize);
        }

        KeyHeaderChoice keys = KeyHeader.ChooseNewest(VolumeRestore.ReadKeySlots(backup, 0), VolumeRestore.ReadKeySlots(backup, 1));
        if (new Guid(keys.Header.VolumeId, bigEndian: true) != backup.Header.VolumeId)
        {
            throw new CommandException(ExitCode.Damaged, $"The key slots in {backup.Path} belong to another volume.");
        }

        return VolumeUnlocker.Open(keys.Header, $"Passphrase of {backup.Path}", source, out _);
    }
}
