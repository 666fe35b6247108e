using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Logging;
using Tessera.Host.Opening;
using Tessera.Host.Serving;
using Tessera.Host.Sharing;

namespace Tessera.Host.Mounting;

/// <summary>The work of "tessera mount": check the mount point, find or make the volume, unlock it, and have it served.</summary>
internal static class Mounter
{
    /// <summary>A request is always followed by a key; nobody looks at that of a directory, or of a server to which a certificate is shown: one zero byte.</summary>
    private const int NoKeyBytes = 1;

    public static async Task<ExitCode> RunAsync(MountIntent intent, DaemonLauncher launcher, CancellationToken cancellation)
    {
        if (intent.Options.Remount)
        {
            return Remounting.Run(intent.MountPoint, intent.Options);
        }

        RequireWatchable(intent.Options, DirectorySource.Is(intent.Volume) || RemoteSource.Is(intent.Volume));
        _ = MemoryPlan.For(intent.Options.MemoryBytes); // Refused before anybody is asked for a passphrase.
        string mountPoint = intent.IsLockedFile ? MountPoint.PrepareFile(intent.MountPoint, Report) : MountPoint.Prepare(intent.MountPoint, intent.Options.Create, Report);
        if (intent.Options.AsksServer && !RemoteSource.Is(intent.Volume))
        {
            throw new CommandException(ExitCode.Usage, "token_file, client_certificate, fingerprint and cache are for an export of a server: wss://HOST:PORT/NAME.");
        }

        (SecretBytes Key, bool Rotates) found = RemoteSource.Is(intent.Volume) ? (CheckRemote(intent), false)
            : DirectorySource.Is(intent.Volume) ? (CheckDirectory(intent), false)
            : await FindKeyAsync(intent);
        using SecretBytes key = found.Key;
        MountRequest request = RequestOf(intent, mountPoint, key) with { KeyRotates = found.Rotates };
        if (intent.Foreground)
        {
            return await Foreground.RunAsync(request, key);
        }

        await launcher.StartAsync(request, key, cancellation);
        return ExitCode.Ok;
    }

    private static MountRequest RequestOf(MountIntent intent, string mountPoint, SecretBytes key)
    {
        bool isDirectory = DirectorySource.Is(intent.Volume);
        bool isRemote = RemoteSource.Is(intent.Volume);
        string path = isRemote ? intent.Volume : isDirectory ? DirectorySource.PathOf(intent.Volume) : Path.GetFullPath(intent.Volume);
        return new MountRequest
        {
            Source = isRemote ? path : isDirectory ? DirectorySource.Canonical(intent.Volume) : Path.IsPathRooted(intent.Volume) ? intent.Volume : path,
            VolumePath = path,
            MountPoint = mountPoint,
            IsLockedFile = intent.IsLockedFile,
            LogPath = intent.Foreground ? null : LogPath.For(mountPoint),
            Options = intent.Options.ClientCertificate is { } file ? intent.Options with { ClientCertificate = Path.GetFullPath(file) } : intent.Options,
            SeenDirectory = isDirectory || isRemote ? null : RollbackPolicy.Of(intent.Options.AcceptRollback, !intent.Options.Forget).Directory,
            KeyBytes = key.Length,
        };
    }

    /// <summary>What the daemon shows the server goes to it as a key does; a zero byte where that is a certificate.</summary>
    private static SecretBytes CheckRemote(MountIntent intent)
    {
        MountOptions options = intent.Options;
        ScatteredOptions.Require(options, isScattered: false, isPlain: true);
        if (options.TakeOver || options.AcceptRollback || options.AsksDirectory || options.IdMap || !intent.Passphrase.IsTerminal || intent.Passphrase.KeyFile is not null || intent.Passphrase.KeyMemoryKiB is not null)
        {
            throw new CommandException(ExitCode.Usage, "An export of a server has no passphrase, no key, no owner to take it over from, no older state to accept and no timeouts but those of cache=….");
        }

        CertificateFingerprint? fingerprint = options.Fingerprint is { } text ? CertificateFingerprint.Parse(text) : null;
        Uri url = RemoteSource.AddressesOf(intent.Volume, fingerprint).Preferred;
        byte[] secret = ClientCredential.Of(options.TokenFile, options.ClientCertificate, url).Secret();
        var key = new SecretBytes(secret.Length == 0 ? NoKeyBytes : secret.Length);
        secret.CopyTo(key.Span);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        return key;
    }

    /// <summary>A directory has no key; what only volumes have is refused rather than ignored.</summary>
    private static SecretBytes CheckDirectory(MountIntent intent)
    {
        string path = DirectorySource.PathOf(intent.Volume);
        if (!Directory.Exists(path))
        {
            throw new CommandException(ExitCode.NotAVolume, $"{path} is not a directory.", "'dir:PATH' names a directory of this host that is there.");
        }

        ScatteredOptions.Require(intent.Options, isScattered: false, isPlain: true);
        return intent.Options.TakeOver || intent.Options.AcceptRollback || !intent.Passphrase.IsTerminal || intent.Passphrase.KeyMemoryKiB is not null || (intent.Passphrase.KeyFile ?? intent.Passphrase.Fido2?.Device) is not null
            ? throw new CommandException(ExitCode.Usage, "A directory of this host has no passphrase, no key, no owner to take it over from and no older state to accept.")
            : new SecretBytes(NoKeyBytes);
    }

    /// <returns>The volume's key, and whether a rotation of it is under way.</returns>
    private static async Task<(SecretBytes Key, bool Rotates)> FindKeyAsync(MountIntent intent)
    {
        if (intent.Options.AsksDirectory)
        {
            throw new CommandException(
                ExitCode.Usage, "attr_timeout, entry_timeout, negative_timeout and nopassthrough are for a directory of this host ('dir:PATH'): nobody else changes a volume.");
        }

        if (intent.Options.Create && !Path.Exists(intent.Volume))
        {
            ScatteredOptions.Require(intent.Options, intent.NewVolume.Profile == ContainerProfile.Scattered, isPlain: intent.NewVolume is { Parity: null, FileBytes: 0 });
            VolumeKeys made = await VolumeCreator.CreateAsync(intent.Volume, intent.NewVolume, intent.Passphrase);
            Report($"Made the volume {intent.Volume}.");
            using (made.Recovery)
            {
                if (made.Recovery is { } code)
                {
                    RecoveryCodePrinter.Print(code);
                }
            }

            return (made.Key, false);
        }

        using IHostMedium medium = HostMedium.Open(intent.Volume, new FileMediumOptions { ReadOnly = intent.Options.ReadOnly });
        UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, intent.Volume, intent.Passphrase);
        try
        {
            ScatteredOptions.Require(intent.Options, unlocked.Veil is not null, isPlain: unlocked.Header.Stripes is null && medium.Parts is null);
        }
        catch
        {
            unlocked.Dispose();
            throw;
        }

        if (unlocked.Keys is { NeedsRepair: true } keys && !intent.Options.ReadOnly)
        {
            KeyStorage.Write(unlocked.Veil ?? (IMedium)medium, keys.Header, keys.IsSecond);
            Report("One copy of the key slots was damaged, or an older state of them; it is written anew.");
        }

        TellOutdated(intent.Volume, unlocked);
        unlocked.Veil?.Leave();
        return (unlocked.Key, unlocked.Keys is { Header.Rotation: not KeyRotation.None });
    }

    /// <summary>A recovery that would fail is better known of before it is needed.</summary>
    private static void TellOutdated(string volume, UnlockedVolume unlocked)
    {
        if (unlocked.Keys is { Header: { HasOuterRecovery: true } keys } && OuterRecovery.Find(volume).Key is { } outer && !keys.IsSealedTo(unlocked.Key, outer.PublicKey))
        {
            Report($"The recovery code of the volume that this lock lies in does not open it: it was sealed to another, or to one before. 'tessera key recovery --outer {volume}', while it is locked, mends that.");
        }
    }

    /// <summary>Records are written into the volume: there must be one, and it must be written.</summary>
    private static void RequireWatchable(MountOptions options, bool isDirectory)
    {
        if (options.Audit && (isDirectory || options.ReadOnly))
        {
            throw new CommandException(ExitCode.Usage, "With the mount option 'audit' records are written into a volume: neither a directory of this host nor a read-only mount has room for them.", "Leave it out.");
        }

        if (options.ResealRate is not null && isDirectory)
        {
            throw new CommandException(ExitCode.Usage, "The mount option 'reseal' is for volumes: nothing else has a key that could be rotated.", "Leave it out.");
        }

        if ((options.AlarmReads ?? options.AlarmDeletes) is not null && options.Alarm is null)
        {
            throw new CommandException(ExitCode.Usage, "The mount options 'alarm_reads' and 'alarm_deletes' say when 'alarm' is raised.", "Say what becomes of the mount then: alarm=warn, alarm=throttle or alarm=lock.");
        }

        if (options.Alarm is not null && isDirectory)
        {
            throw new CommandException(ExitCode.Usage, "The mount option 'alarm' is for volumes: files of a directory of this host can be read and deleted beside the mount.", "Leave it out.");
        }

        if (options.CounterUse != CounterUse.Keep && (isDirectory || options.ReadOnly))
        {
            throw new CommandException(ExitCode.Usage, "A rollback counter is bound to a volume that is written: neither a directory of this host nor a read-only mount can be.", "Leave it out.");
        }

        if (options.AuditBytes is not null && !options.Audit)
        {
            throw new CommandException(ExitCode.Usage, "The mount option 'audit_size' says how much of what 'audit' records is kept.", "Give both, or neither.");
        }
    }

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
