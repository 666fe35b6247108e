using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Secrets;

namespace Tessera.Host.Copying;

/// <summary>From what the user named to an end of a copy.</summary>
internal static class CopyPlaces
{
    /// <summary>A volume by its path, or one that is mounted by its path or mount point: then through the mount, because its daemon alone may have it open.</summary>
    /// <exception cref="CommandException">It is a directory in which nothing of Tessera is mounted: exit 2.</exception>
    /// <exception cref="IOException">It does not open.</exception>
    public static async Task<CopyPlace> OpenVolumeAsync(string name, bool readOnly, PassphraseSource source)
    {
        if (TesseraMounts.Find(name) is { } entry)
        {
            return HostPlace.Open(entry.MountPoint, readOnly);
        }

        return Directory.Exists(name)
            ? throw new CommandException(ExitCode.Usage, $"{name} is a directory and no volume, and nothing of Tessera is mounted there.")
            : await VolumePlace.OpenAsync(name, readOnly, source);
    }

    /// <summary>A directory of this host, or else a volume.</summary>
    /// <exception cref="IOException">It does not open.</exception>
    public static async Task<CopyPlace> OpenSourceAsync(string name, PassphraseSource source) =>
        Directory.Exists(name) ? HostPlace.Open(name, readOnly: true) : await OpenVolumeAsync(name, readOnly: true, source);
}
