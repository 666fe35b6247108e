using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tessera.Host.Native;

/// <summary>Who owns an open file, and who may do what with it: statx(2), because .NET does not tell the owner.</summary>
/// <param name="Uid">The owner.</param>
/// <param name="Mode">st_mode, with the type.</param>
internal readonly record struct FileOwner(uint Uid, uint Mode)
{
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint Wanted = 0x1 | 0x2 | 0x8; // STATX_TYPE | STATX_MODE | STATX_UID

    // struct statx (linux/stat.h)
    private const int StructBytes = 256;
    private const int UidAt = 20;
    private const int ModeAt = 28;

    /// <exception cref="IOException">statx(2) failed.</exception>
    public static unsafe FileOwner Of(SafeFileHandle file)
    {
        byte* stat = stackalloc byte[StructBytes];
        return Libc.Stat(file, string.Empty, EmptyPath, Wanted, stat) == 0
            ? new FileOwner(*(uint*)(stat + UidAt), *(ushort*)(stat + ModeAt))
            : throw new IOException($"A file cannot be looked at: {Libc.Describe(Marshal.GetLastPInvokeError())}.");
    }
}
