using System.Globalization;
using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>What can be asked of and done to mount points from outside the daemon.</summary>
public static class MountPoints
{
    private const string Connections = "/sys/fs/fuse/connections";

    /// <summary>
    /// Whether the topmost mount on <paramref name="path"/> is FUSE's and its daemon has died: everything in it answers ENOTCONN. Asked by
    /// statfs(2), the one call that the kernel never answers from a cache; of a daemon that hangs it waits for the answer.
    /// </summary>
    public static unsafe bool IsDead(string path)
    {
        var answer = stackalloc byte[LibC.StatFsLength];
        return LibC.StatFs(path, answer) != 0 && LibC.LastError is (int)Errno.ENOTCONN or (int)Errno.ECONNABORTED;
    }

    /// <summary>Removes a mount; when <paramref name="lazy"/>, out of the tree at once and for good when the last user is gone.</summary>
    public static Errno Unmount(string path, bool lazy)
    {
        if (LibC.EffectiveUserId() != 0)
            return HelperMounter.Unmount(path, lazy).Error;

        var flags = LibC.UnmountNoFollow | (lazy ? LibC.UnmountDetach : 0);
        return LibC.Unmount(path, flags) == 0 ? Errno.None : (Errno)LibC.LastError;
    }

    /// <summary>Detaches what dead daemons left on this path, one mount upon another. Answers how many there were.</summary>
    /// <exception cref="FuseMountException">A dead mount cannot be detached.</exception>
    public static int DetachDead(string path)
    {
        var count = 0;
        while (IsDead(path))
        {
            var error = Unmount(path, lazy: true);
            if (error != Errno.None)
                throw new FuseMountException(error, "The mount point of a daemon that died cannot be detached.");
            count++;
        }

        return count;
    }

    /// <summary>
    /// Aborts a connection through fusectl's files in <c>/sys/fs/fuse/connections</c>; where fusectl is not mounted (containers, bare
    /// systems) root mounts it for the moment. False: the connection is gone, or not ours.
    /// </summary>
    public static bool TryAbort(uint connectionNumber)
    {
        if (TryWriteAbort(connectionNumber))
            return true;
        if (Directory.EnumerateFileSystemEntries(Connections).Any() || LibC.Mount("fusectl", Connections, "fusectl", 0, "") != 0)
            return false;

        var aborted = TryWriteAbort(connectionNumber);
        _ = LibC.Unmount(Connections, LibC.UnmountDetach);
        return aborted;
    }

    /// <summary>
    /// The path as it stands in the mount table: absolute, without symbolic links. The last component may be a dead mount, which can be
    /// named but not looked at.
    /// </summary>
    /// <exception cref="FuseMountException">There is no such directory.</exception>
    public static string Resolve(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (RealPath(full) is { } resolved)
            return resolved;

        var error = (Errno)LibC.LastError;
        if (error is (Errno.ENOTCONN or Errno.ECONNABORTED) && RealPath(Path.GetDirectoryName(full)!) is { } parent)
            return Path.Combine(parent, Path.GetFileName(full));
        throw new FuseMountException(
            error, error == Errno.ENOENT ? "The mount point does not exist." : $"The mount point cannot be reached ({error}).");
    }

    private static unsafe string? RealPath(string path)
    {
        var resolved = LibC.RealPath(path, null);
        if (resolved == null)
            return null;

        var text = Marshal.PtrToStringUTF8((nint)resolved);
        NativeMemory.Free(resolved);
        return text;
    }

    private static bool TryWriteAbort(uint connectionNumber)
    {
        try
        {
            File.WriteAllText($"{Connections}/{connectionNumber.ToString(CultureInfo.InvariantCulture)}/abort", "1");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
