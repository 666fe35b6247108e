using Tessera.Core;
using Tessera.Core.FileSystem;

namespace Tessera.HostFiles.Native;

/// <summary>The few calls everything is found with. Outcomes are a descriptor or 0, or a negative errno.</summary>
internal static unsafe class Host
{
    private const int Again = 11;

    /// <summary>How often a name is resolved again when renames elsewhere get in the way (openat2(2), EAGAIN of RESOLVE_BENEATH).</summary>
    private const int Attempts = 16;

    /// <summary>Opens a name, confined to its directory; a symbolic link is never followed.</summary>
    public static int OpenBeneath(int directory, ReadOnlySpan<byte> name, int flags)
    {
        var how = new OpenHow { Flags = (uint)(flags | Flag.NoFollow | Flag.CloseOnExec), Resolve = Flag.Confined | Flag.ResolveCached };
        int opened = OpenAt(directory, name, &how);
        if (opened != -Again)
        {
            return opened;
        }

        Blocking.Announce(); // Not in the host's cache: its disk is asked.
        how.Resolve = Flag.Confined;
        for (int i = 0; opened == -Again && i < Attempts; i++)
        {
            opened = OpenAt(directory, name, &how);
        }

        return opened;
    }

    /// <summary>Opens and makes a file that is not there yet.</summary>
    public static int CreateBeneath(int directory, ReadOnlySpan<byte> name, int flags, uint mode)
    {
        var how = new OpenHow { Flags = (uint)(flags | Flag.NoFollow | Flag.CloseOnExec), Mode = mode & ModeBits.PermissionMask, Resolve = Flag.Confined };
        return OpenAt(directory, name, &how);
    }

    /// <summary>Attributes of the inode behind a descriptor.</summary>
    public static int Stat(int file, out Statx result)
    {
        byte empty = 0;
        fixed (Statx* to = &result)
        {
            return Libc.Stat(file, &empty, Flag.AtEmptyPath, Statx.Wanted, to) == 0 ? 0 : -Libc.LastError;
        }
    }

    /// <summary>Attributes of a name that is no directory, not following it. A file system mounted on it is seen, and told by its mount.</summary>
    public static int Stat(int directory, ReadOnlySpan<byte> name, out Statx result)
    {
        var terminated = new NameBuffer(name);
        fixed (Statx* to = &result)
        {
            return Libc.Stat(directory, (byte*)&terminated, Flag.AtNoFollow | Flag.AtNoAutomount, Statx.Wanted, to) == 0 ? 0 : -Libc.LastError;
        }
    }

    /// <summary>0, or the error of a call that answered −1.</summary>
    public static FsError Outcome(int result) => result >= 0 ? FsError.None : (FsError)Libc.LastError;

    private static int OpenAt(int directory, ReadOnlySpan<byte> name, OpenHow* how)
    {
        var terminated = new NameBuffer(name);
        nint opened = Libc.Call(Libc.OpenAt2, directory, (byte*)&terminated, how, (nuint)sizeof(OpenHow));
        return opened >= 0 ? (int)opened : -Libc.LastError;
    }
}
