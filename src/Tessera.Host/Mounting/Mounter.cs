using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Logging;
using Tessera.Host.Opening;
using Tessera.Host.Serving;

namespace Tessera.Host.Mounting;

/// <summary>The work of "tessera mount": check the mount point, find or make the volume, unlock it, and have it served.</summary>
internal static class Mounter
{
    public static async Task<ExitCode> RunAsync(MountIntent intent, CancellationToken cancellation)
    {
        if (intent.Options.Remount)
        {
            return Remounting.Run(intent.MountPoint, intent.Options);
        }

        _ = MemoryPlan.For(intent.Options.MemoryBytes); // Refused before anybody is asked for a passphrase.
        string mountPoint = MountPoint.Prepare(intent.MountPoint, intent.Options.Create, Report);
        using SecretBytes key = await FindKeyAsync(intent);
        MountRequest request = RequestOf(intent, mountPoint, key);
        if (intent.Foreground)
        {
            return await Foreground.RunAsync(request, key);
        }

        await DaemonLauncher.StartAsync(request, key, cancellation);
        return ExitCode.Ok;
    }

    private static MountRequest RequestOf(MountIntent intent, string mountPoint, SecretBytes key)
    {
        string path = Path.GetFullPath(intent.Volume);
        return new MountRequest
        {
            Source = Path.IsPathRooted(intent.Volume) ? intent.Volume : path,
            VolumePath = path,
            MountPoint = mountPoint,
            LogPath = intent.Foreground ? null : LogPath.For(mountPoint),
            Options = intent.Options,
            KeyBytes = key.Length,
        };
    }

    private static async Task<SecretBytes> FindKeyAsync(MountIntent intent)
    {
        if (intent.Options.Create && !Path.Exists(intent.Volume))
        {
            VolumeKeys made = await VolumeCreator.CreateAsync(intent.Volume, intent.NewVolume, intent.Passphrase);
            Report($"Made the volume {intent.Volume}.");
            using (made.Recovery)
            {
                if (made.Recovery is { } code)
                {
                    RecoveryCodePrinter.Print(code);
                }
            }

            return made.Key;
        }

        using FileMedium medium = FileMedium.Open(intent.Volume, new FileMediumOptions { ReadOnly = intent.Options.ReadOnly });
        UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, intent.Volume, intent.Passphrase);
        if (unlocked.Keys is { NeedsRepair: true } keys && !intent.Options.ReadOnly)
        {
            KeyStorage.Write(medium, keys.Header, keys.IsSecond);
            Report("One copy of the key slots was damaged, or an older state of them; it is written anew.");
        }

        return unlocked.Key;
    }

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
