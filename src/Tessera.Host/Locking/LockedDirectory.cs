using System.Globalization;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Native;

namespace Tessera.Host.Locking;

/// <summary>A directory with a passphrase of its own: all that was in it is in a sealed volume, the one file in it, which is mounted over it, or elsewhere, while it is unlocked
/// (docs/adr/0012-a-lock-is-a-volume.md).</summary>
internal static class LockedDirectory
{
    /// <summary>The volume's name in the directory.</summary>
    public const string FileName = ".tessera-lock";

    public static string VolumeIn(string directory) => Path.Combine(directory, FileName);

    /// <summary>Where the volume is while it is made: beside the directory, because the directory is still full; or beside the file.</summary>
    public static string UnfinishedBeside(string directory) =>
        Path.Combine(Path.GetDirectoryName(directory) ?? "/", $".{Path.GetFileName(directory)}{FileName}");

    /// <summary>The mount of a directory that is unlocked, or whose daemon died; null when it is not.</summary>
    /// <param name="directory">Its canonical path.</param>
    public static MountEntry? FindOpen(string directory) =>
        MountTable.Read().Entries.LastOrDefault(entry => entry.IsTessera && string.Equals(entry.Source, VolumeIn(directory), StringComparison.Ordinal));

    /// <summary>Whether a mount is that of an unlocked directory in another mount, wherever it was put.</summary>
    public static bool IsOpenIn(MountEntry entry, MountEntry outer) =>
        entry.IsTessera && entry.MountId != outer.MountId && entry.Source.StartsWith(outer.MountPoint + "/", StringComparison.Ordinal) && string.Equals(Path.GetFileName(entry.Source), FileName, StringComparison.Ordinal);

    /// <summary>The helper through which an ordinary user mounts is of set-user-ID root, and the kernel shows a user's mount to nobody else: so it cannot go there.</summary>
    /// <exception cref="CommandException"><see cref="ExitCode.MountPointUnusable"/>.</exception>
    public static void RequireReachable(string named, string path, bool isFile)
    {
        if (Libc.GetEffectiveUserId() != 0 && MountTable.Read().Holding(path) is { IsFuse: true } outer
            && !outer.SuperOptions.Split(',').Contains("allow_other", StringComparer.Ordinal))
        {
            throw new CommandException(
                ExitCode.MountPointUnusable,
                $"Only root can mount something in {outer.MountPoint}, which is mounted without allow_other.",
                isFile ? "Mount with -o allow_other." : $"Show what is locked elsewhere: 'tessera unlock {named} --at DIRECTORY'. Or mount with -o allow_other.");
        }
    }

    /// <summary>A path by which a daemon reaches its volume also when the mount lies over the directory that it is in; asked before that is so. What it takes is a
    /// descriptor, for as long as the daemon lives.</summary>
    public static string PathBeneath(MountRequest request)
    {
        if (!string.Equals(request.VolumePath, VolumeIn(request.MountPoint), StringComparison.Ordinal))
        {
            return request.VolumePath;
        }

        int directory = Libc.Open(request.MountPoint, Libc.O_CLOEXEC);
        return directory < 0 ? request.VolumePath : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory}/{FileName}");
    }
}
