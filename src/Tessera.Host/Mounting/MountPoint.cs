using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>Makes sure that a directory, or a file, can be mounted on, before anything else is done.</summary>
internal static class MountPoint
{
    /// <summary>Checks the mount point, clears away what a killed daemon left on it, and gives its canonical path.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="create">Whether a missing directory is made.</param>
    /// <param name="report">Told, in a sentence, of everything that was changed.</param>
    /// <exception cref="CommandException"><see cref="ExitCode.MountPointUnusable"/>, or <see cref="ExitCode.Busy"/> when something is mounted there.</exception>
    public static string Prepare(string path, bool create, Action<string> report)
    {
        string mountPoint = Cleared(path, report);
        if (create && MountPath.Probe(mountPoint) == Libc.ENOENT)
        {
            CreateDirectory(mountPoint);
            report($"Made the directory {mountPoint}.");
        }

        RequireReached(path, mountPoint);
        RequireDirectory(path, mountPoint);
        return mountPoint;
    }

    /// <summary>The same of a regular file, over which a file system is mounted that is one file.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="report">As in <see cref="Prepare"/>.</param>
    /// <exception cref="CommandException">As in <see cref="Prepare"/>.</exception>
    public static string PrepareFile(string path, Action<string> report)
    {
        string mountPoint = Cleared(path, report);
        RequireReached(path, mountPoint);
        return File.Exists(mountPoint) && Libc.Access(mountPoint, Libc.W_OK) == 0
            ? mountPoint
            : throw Unusable($"{path} is not a file that you may write to, and only on such a one a file can be mounted.", advice: null);
    }

    /// <summary>Detaches mounts of Tessera whose daemon died, however many lie upon each other.</summary>
    public static bool DetachDead(string mountPoint, Action<string> report)
    {
        bool detached = false;
        while (MountTable.Read().At(mountPoint) is { IsTessera: true } entry && TesseraMounts.IsDead(entry))
        {
            Unmounting.Detach(entry);
            report($"Detached {mountPoint}, which a daemon that ended without unmounting had left.");
            detached = true;
        }

        return detached;
    }

    private static string Cleared(string path, Action<string> report)
    {
        string mountPoint = MountPath.Canonical(path);
        DetachDead(mountPoint, report);
        return MountTable.Read().At(mountPoint) is { FileSystemType: not "autofs" } entry
            ? throw new CommandException(
                ExitCode.Busy,
                $"{path} is in use: {entry.Source} ({entry.FileSystemType}) is mounted there.",
                entry.IsTessera ? $"Unmount it with 'tessera umount {path}', or choose another directory." : "Choose another directory.")
            : mountPoint;
    }

    private static void RequireReached(string path, string mountPoint)
    {
        int errno = MountPath.Probe(mountPoint);
        if (errno == Libc.ENOENT)
        {
            throw Unusable($"The mount point {path} does not exist.", $"Make it with: mkdir -p {path}");
        }

        if (errno != 0)
        {
            throw Unusable($"The mount point {path} cannot be used: {Libc.Describe(errno)}.", advice: null);
        }
    }

    private static void RequireDirectory(string path, string mountPoint)
    {
        if (!Directory.Exists(mountPoint))
        {
            throw Unusable($"The mount point {path} is not a directory.", "Choose a directory, best an empty one.");
        }

        if (Libc.Access(mountPoint, Libc.W_OK | Libc.X_OK) != 0)
        {
            throw Unusable($"You may not write to {path}, and only who may write to a directory can mount on it.", "Choose a directory of yours, or mount as root.");
        }
    }

    private static void CreateDirectory(string mountPoint)
    {
        try
        {
            Directory.CreateDirectory(mountPoint);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unusable($"The mount point {mountPoint} could not be made: {fault.Message}", advice: null);
        }
    }

    private static CommandException Unusable(string sentence, string? advice) => new(ExitCode.MountPointUnusable, sentence, advice);
}
