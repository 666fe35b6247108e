using Tessera.Container.Media;
using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Copying;

/// <summary>From what the user named to an end of a copy.</summary>
internal static class CopyPlaces
{
    /// <summary>A volume by its path, or one that is mounted by its path or mount point: then through the mount, because its daemon alone may have it open.</summary>
    /// <exception cref="CommandException">It is a directory in which nothing of Tessera is mounted: exit 2.</exception>
    /// <exception cref="IOException">It does not open.</exception>
    public static async Task<CopyPlace> OpenVolumeAsync(VolumeOpening opening, PassphraseSource source)
    {
        if (TesseraMounts.Find(opening.Path) is { } entry)
        {
            return HostPlace.Open(entry.MountPoint, opening.ReadOnly);
        }

        return IsHostDirectory(opening.Path)
            ? throw new CommandException(ExitCode.Usage, $"{opening.Path} is a directory and no volume, and nothing of Tessera is mounted there.")
            : await VolumePlace.OpenAsync(opening, source);
    }

    /// <summary>A directory of this host, or else a volume.</summary>
    /// <exception cref="IOException">It does not open.</exception>
    public static async Task<CopyPlace> OpenSourceAsync(VolumeOpening opening, PassphraseSource source) =>
        IsHostDirectory(opening.Path) ? HostPlace.Open(opening.Path, readOnly: true) : await OpenVolumeAsync(opening, source);

    /// <summary>A folder of equal files is a volume.</summary>
    private static bool IsHostDirectory(string path) => Directory.Exists(path) && !HostMedium.IsFolder(path);
}
