using System.Runtime.InteropServices;

namespace Tessera.Mount.Tests.Harness;

/// <summary>System calls whose every result counts: .NET's streams do not tell of an error of close(2).</summary>
internal static partial class Syscall
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int Direct = 0x4000;
    public const int Directory = 0x10000;

    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const nuint LargestCopy = 1 << 30;
    private const uint FileMode = 0x1A4;
    private const uint DirectoryMode = 0x1ED;

    /// <summary>Creates or replaces a file and closes it: when this returns, close(2) has.</summary>
    public static void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        int file = OpenFile(path, WriteOnly | Create | Truncate);
        try
        {
            WriteAll(file, content);
        }
        catch
        {
            _ = close(file);
            throw;
        }

        CloseFile(file);
    }

    public static int OpenFile(string path, int flags) => Checked(open(path, flags, FileMode), "open", path);

    public static void WriteAll(int file, ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            content = content[(int)Checked(write(file, ref MemoryMarshal.GetReference(content), (nuint)content.Length), "write", "a file")..];
        }
    }

    public static void WriteAt(int file, ReadOnlySpan<byte> content, long offset)
    {
        while (!content.IsEmpty)
        {
            nint count = Checked(pwrite(file, ref MemoryMarshal.GetReference(content), (nuint)content.Length, offset), "pwrite", "a file");
            content = content[(int)count..];
            offset += count;
        }
    }

    public static int ReadAt(int file, Span<byte> content, long offset) =>
        (int)Checked(pread(file, ref MemoryMarshal.GetReference(content), (nuint)content.Length, offset), "pread", "a file");

    public static void Resize(int file, long length) => Checked(ftruncate(file, length), "ftruncate", "a file");

    /// <summary>Makes a hole; the file keeps its length.</summary>
    public static void Punch(int file, long offset, long length) =>
        Checked(fallocate(file, PunchHole | KeepSize, offset, length), "fallocate", "a file");

    /// <summary>Copies everything from an offset on to the beginning of another file, by copy_file_range(2).</summary>
    public static void CopyAll(int from, long offset, int to)
    {
        while (Checked(copy_file_range(from, ref offset, to, 0, LargestCopy, 0), "copy_file_range", "a file") > 0)
        {
            // The kernel has moved the offset on.
        }
    }

    public static void SyncFile(int file) => Checked(fsync(file), "fsync", "a file");

    public static void CloseFile(int file) => Checked(close(file), "close", "a file");

    /// <summary>Closes without a word of errors: the mount is dead, and the descriptor only keeps it.</summary>
    public static void DropFile(int file) => _ = close(file);

    public static void Rename(string from, string to) => Checked(rename(from, to), "rename", from);

    public static void Unlink(string path) => Checked(unlink(path), "unlink", path);

    public static void MakeDirectory(string path) => Checked(mkdir(path, DirectoryMode), "mkdir", path);

    public static void RemoveDirectory(string path) => Checked(rmdir(path), "rmdir", path);

    public static void MakeLink(string from, string to) => Checked(link(from, to), "link", to);

    /// <summary>Where the next read of a file begins, or the next entries of a directory.</summary>
    public static void Seek(int file, long offset) => Checked((nint)lseek(file, offset, 0), "lseek", "a file");

    /// <summary>The next entries of a directory, as struct linux_dirent64; their length, 0 at the end.</summary>
    public static int ReadEntries(int directory, Span<byte> entries) =>
        (int)Checked(getdents64(directory, ref MemoryMarshal.GetReference(entries), (nuint)entries.Length), "getdents64", "a directory");

    public static void ChangeMode(string path, uint mode) => Checked(chmod(path, mode), "chmod", path);

    private static int Checked(int result, string call, string path) => (int)Checked((nint)result, call, path);

    private static nint Checked(nint result, string call, string path) => result >= 0
        ? result
        : throw new SyscallException(Marshal.GetLastPInvokeError(), call, path);

#pragma warning disable IDE1006, SA1300 // Named as their manual pages are.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int file, ref byte content, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(int file, ref byte content, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int file, ref byte content, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int file, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(int file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint copy_file_range(int from, ref long fromOffset, int to, nint toOffset, nuint length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int unlink(string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int rmdir(string path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int chmod(string path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(int directory, ref byte entries, nuint length);
#pragma warning restore IDE1006, SA1300
}
