namespace Tessera.Conformance.Tests.Calls;

/// <content>Entries of a directory as the kernel gives them, and the file system's numbers.</content>
internal static partial class Kernel
{
    private const int StatFsWords = 15;

    /// <summary>getdents64(2).</summary>
    /// <returns>How many bytes it gave.</returns>
    public static unsafe long GetEntries(int directory, int room)
    {
        byte[] entries = new byte[room];
        fixed (byte* to = entries)
        {
            return Checked(Import.syscall(GetEntriesCall, directory, (nint)to, room));
        }
    }

    /// <summary>statfs(2), as 64-bit words: f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_fsid, f_namelen, f_frsize, f_flags.</summary>
    public static long[] StatFileSystem(string path)
    {
        long[] words = new long[StatFsWords];
        Checked(Import.statfs(path, ref words[0]));
        return words;
    }

    public static long[] StatFileSystem(int file)
    {
        long[] words = new long[StatFsWords];
        Checked(Import.fstatfs(file, ref words[0]));
        return words;
    }
}
