using System.Runtime.InteropServices;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>Giving a finished file its name.</summary>
public sealed partial class FileMedium
{
    /// <summary>Renames a finished file within its directory, never over another one; durable when this returns (renameat2(2), RENAME_NOREPLACE).</summary>
    /// <remarks>Not <see cref="File.Move(string, string)"/>: where the host has no hard links (FAT, many network shares) that copies the file instead,
    /// and a copy is neither one step nor flushed.</remarks>
    /// <exception cref="MediumException"><see cref="MediumFault.Failed"/> where something of the new name exists, and what the host refuses.</exception>
    public static void MoveInto(string unfinished, string path)
    {
        if (Libc.RenameAt(HostFlags.CurrentDirectory, unfinished, HostFlags.CurrentDirectory, path, HostFlags.RenameNoReplace) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno is not (Errno.InvalidArgument or Errno.NoSystemCall))
            {
                throw HostFault.From(errno, "give it its name", path);
            }

            RenameUnlessThere(unfinished, path);
        }

        SyncDirectoryOf(path);
    }

    /// <summary>Renames a finished file within its directory over another one, which is gone then; durable when this returns (rename(2)).</summary>
    /// <exception cref="MediumException">What the host refuses: nothing was changed.</exception>
    public static void MoveOver(string finished, string path)
    {
        if (Libc.Rename(finished, path) != 0)
        {
            throw HostFault.From(Marshal.GetLastPInvokeError(), "put it in the place of what is there", path);
        }

        SyncDirectoryOf(path);
    }

    /// <summary>For file systems that do not know the flag: asked first, so only a file made at that very moment could be replaced.</summary>
    private static void RenameUnlessThere(string unfinished, string path)
    {
        if (Path.Exists(path))
        {
            throw new MediumException(MediumFault.Failed, $"{path} exists already.");
        }

        if (Libc.Rename(unfinished, path) != 0)
        {
            throw HostFault.From(Marshal.GetLastPInvokeError(), "give it its name", path);
        }
    }
}
