using Microsoft.Win32.SafeHandles;

namespace Tessera.Host.Native;

/// <summary>Which file it is, whatever its name: statx(2).</summary>
internal readonly record struct FileIdentity(ulong Ino, uint DeviceMajor, uint DeviceMinor)
{
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint Wanted = 0x100; // STATX_INO

    // struct statx (linux/stat.h)
    private const int StructBytes = 256;
    private const int InoAt = 32;
    private const int MajorAt = 136;
    private const int MinorAt = 140;

    /// <summary>That of an open file; null: it cannot be told.</summary>
    public static FileIdentity? Of(SafeFileHandle file) => Of(file, string.Empty);

    /// <summary>That of what has an absolute path now; null: nothing, or it cannot be told.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="beside">Any open file: it is not looked at.</param>
    public static unsafe FileIdentity? Of(SafeFileHandle beside, string path)
    {
        byte* stat = stackalloc byte[StructBytes];
        return Libc.Stat(beside, path, EmptyPath, Wanted, stat) == 0 ? new FileIdentity(*(ulong*)(stat + InoAt), *(uint*)(stat + MajorAt), *(uint*)(stat + MinorAt)) : null;
    }
}
