using System.Globalization;

namespace Tessera.Fuse;

/// <summary>What can be asked of and done to mount points from outside the daemon.</summary>
public static class MountPoints
{
    /// <summary>Whether the topmost mount on <paramref name="path"/> is FUSE's and its daemon has died: everything in it answers ENOTCONN.</summary>
    public static bool IsDead(string path) =>
        LibC.Access(path, mode: 0) != 0 && LibC.LastError is (int)Errno.ENOTCONN or (int)Errno.ECONNABORTED;

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

    /// <summary>Aborts a connection through <c>/sys/fs/fuse/connections</c>. False: it is gone, or not ours, or fusectl is not mounted.</summary>
    public static bool TryAbort(uint connectionNumber)
    {
        try
        {
            File.WriteAllText($"/sys/fs/fuse/connections/{connectionNumber.ToString(CultureInfo.InvariantCulture)}/abort", "1");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
