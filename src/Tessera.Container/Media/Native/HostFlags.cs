using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary>Constants of the Linux system call interface (asm-generic/fcntl.h, linux/stat.h, linux/falloc.h, linux/fs.h).</summary>
internal static class HostFlags
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NonBlocking = 0x800;
    public const int NoAccessTime = 0x40000;
    public const int CloseOnExec = 0x80000;

    public const int CurrentDirectory = -100;
    public const uint RenameNoReplace = 1;

    public const int EmptyPath = 0x1000;
    public const uint StatxBasic = 0x7ff;
    public const uint StatxBirth = 0x800;
    public const uint StatxDirectAlignment = 0x2000;

    public const int TypeMask = 0xf000;
    public const int RegularFile = 0x8000;
    public const int BlockDevice = 0x6000;

    public const int KeepSize = 1;
    public const int PunchHole = 2;

    public const int DataSync = 2;

    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    public const int SeekEnd = 2;
    public const int AdviseRandom = 1;
    public const int AdviseDontNeed = 4;

    /// <summary>O_DIRECT and O_DIRECTORY have changed places on ARM (arch/arm64/include/uapi/asm/fcntl.h).</summary>
    public static int Direct => IsArm ? 0x10000 : 0x4000;

    /// <summary>O_NOFOLLOW has moved with them.</summary>
    public static int NoFollow => IsArm ? 0x8000 : 0x20000;

    public static int Directory => IsArm ? 0x4000 : 0x10000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
}
