using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>
/// The few calls of libc that .NET has no equivalent for. Every one answers as in C: −1 and errno, unless said otherwise.
/// </summary>
internal static unsafe partial class LibC
{
    public const int OpenReadWrite = 2;
    public const int OpenCloseOnExec = 0x80000;
    public const int AdviceDontNeed = 4;
    public const int SetStatusFlags = 4;
    public const int StatusNonBlocking = 0x800;
    public const short PollIn = 1;
    public const int UnmountForce = 1;
    public const int UnmountDetach = 2;
    public const int UnmountNoFollow = 8;
    public const int AddressFamilyUnix = 1;
    public const int SocketStream = 1;
    public const int SetDescriptorFlags = 2;
    public const int SocketCloseOnExec = 0x80000;

    /// <summary>Bytes, more than struct statfs has on any architecture (120 on 64-bit).</summary>
    public const int StatFsLength = 256;

    /// <summary>FUSE_DEV_IOC_BACKING_OPEN: <c>_IOW(229, 1, struct fuse_backing_map)</c>.</summary>
    public const nuint BackingOpen = 0x4010E501;

    /// <summary>FUSE_DEV_IOC_BACKING_CLOSE: <c>_IOW(229, 2, uint32_t)</c>.</summary>
    public const nuint BackingClose = 0x4004E502;

    public static int LastError => Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "pread")]
    public static partial nint ReadAt(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    public static partial nint WriteVector(int descriptor, IoVector* vectors, int count);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(void* start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatFs(string path, void* answer);

    /// <summary>realpath(3) with a buffer of its own making; free it by <see cref="NativeMemory.Free"/>.</summary>
    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte* RealPath(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* descriptors);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int descriptor, MessageHeader* message, int flags);
}
