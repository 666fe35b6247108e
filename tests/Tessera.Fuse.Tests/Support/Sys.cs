using System.Runtime.InteropServices;

namespace Tessera.Fuse.Tests;

/// <summary>System calls without anything in between, so that each is the requests it should be, and none allocates.</summary>
internal static unsafe partial class Sys
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Truncate = 0x200;
    public const int Direct = 0x4000;
    public const int Directory = 0x10000;
    public const int CurrentDirectory = -100;
    public const uint BasicStats = 0x7FF;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Pread(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Pwrite(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    public static partial int Unlink(byte* path);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint GetDirectoryEntries(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int directory, byte* path, int flags, uint mask, FuseStatx* result);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    /// <summary>A path for the calls above.</summary>
    public static byte[] Path(string path) => Bytes.Name(path);

    /// <summary>stat(2)'s size, or a negative errno.</summary>
    public static long SizeOf(string path)
    {
        FuseStatx result;
        fixed (byte* name = Path(path))
            return Statx(CurrentDirectory, name, 0, BasicStats, &result) == 0 ? (long)result.Size : -Marshal.GetLastPInvokeError();
    }
}
