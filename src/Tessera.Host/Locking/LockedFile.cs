using System.Globalization;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Middleware;
using Tessera.Host.Mounting;
using Tessera.Host.Native;

namespace Tessera.Host.Locking;

/// <summary>A file with a passphrase of its own: a sealed volume in its place, which has the file in it and is mounted over itself, as that file alone, while it is unlocked
/// (docs/adr/0012-a-lock-is-a-volume.md).</summary>
internal static class LockedFile
{
    /// <summary>The file's name in the volume: its own may change while it is locked, and is known to whoever sees the directory.</summary>
    public static ReadOnlyMemory<byte> ContentName { get; } = "content"u8.ToArray();

    /// <summary>The mount of a file that is unlocked, or whose daemon died; null when it is not.</summary>
    /// <param name="file">Its canonical path.</param>
    public static MountEntry? FindOpen(string file) => MountTable.Read().At(file) is { } entry && IsOpen(entry) ? entry : null;

    /// <summary>Whether a mount is that of an unlocked file in another mount.</summary>
    public static bool IsOpenIn(MountEntry entry, MountEntry outer) =>
        IsOpen(entry) && entry.MountId != outer.MountId && entry.Source.StartsWith(outer.MountPoint + "/", StringComparison.Ordinal);

    /// <summary>Whether a file looks like a locked one: nobody knows what is in it but who has its key.</summary>
    /// <exception cref="CommandException">It is a volume and no lock, or no regular file.</exception>
    /// <exception cref="IOException">It cannot be read, or is a volume that is damaged or too new.</exception>
    public static bool Is(string named, string file)
    {
        using IHostMedium medium = HostMedium.Open(file, new FileMediumOptions { ReadOnly = true });
        if (medium is FileMedium { IsDevice: true })
        {
            throw new CommandException(ExitCode.Usage, $"{named} is a device: only files and directories are locked.");
        }

        try
        {
            ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
            return header is { Places.IsSmall: true, Profile: ContainerProfile.Sealed } ? true : throw NotALock(named);
        }
        catch (ContainerFormatException fault) when (fault.Fault == FormatFault.NotAVolume)
        {
            return false;
        }
    }

    /// <summary>The file that is locked in a volume, as a file system of its own.</summary>
    /// <exception cref="CommandException">There is none: it is a volume that somebody made otherwise.</exception>
    public static async Task<IFileSystem> ContentOfAsync(IFileSystem volume, string named) =>
        await SingleFileSystem.FindAsync(volume, ContentName) ?? throw NotALock(named);

    /// <summary>A path by which a daemon reaches its volume also when the mount lies over it; asked before that is so. What it takes is a descriptor, for as long as the daemon
    /// lives.</summary>
    public static string PathBeneath(MountRequest request)
    {
        int file = Libc.Open(request.VolumePath, Libc.O_CLOEXEC);
        return file < 0 ? request.VolumePath : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file}");
    }

    /// <summary>Only a locked file lies beneath its own mount.</summary>
    private static bool IsOpen(MountEntry entry) => entry.IsTessera && string.Equals(entry.Source, entry.MountPoint, StringComparison.Ordinal);

    private static CommandException NotALock(string named) =>
        new(ExitCode.NotAVolume, $"{named} is a volume, and not a locked file.", "'tessera mount' shows what is in it.");
}
