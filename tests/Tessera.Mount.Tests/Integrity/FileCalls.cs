using System.Runtime.InteropServices;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>Memory maps and advice, as the system calls are: −1 and errno.</summary>
internal static unsafe partial class FileCalls
{
    public const int DontNeed = 4;
    private const int ReadAndWrite = 3;
    private const int Shared = 1;
    private const int Wait = 4;

    /// <summary>A shared map; null when refused.</summary>
    public static byte* Map(int file, int offset, int length)
    {
        byte* map = mmap(null, (nuint)length, ReadAndWrite, Shared, file, offset);
        return (nint)map == -1 ? null : map;
    }

    public static void Unmap(byte* map, int length) => munmap(map, (nuint)length);

    public static int SyncMap(byte* map, int length) => msync(map, (nuint)length, Wait);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    public static partial int Advise(int file, long offset, long length, int advice);

#pragma warning disable IDE1006, SA1300 // Named as their manual pages are.
    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(byte* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(byte* address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int msync(byte* address, nuint length, int flags);
#pragma warning restore IDE1006, SA1300
}
