using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>System calls and ioctls by number, x86-64: −1 and errno. Most have no wrapper in Debian's C library.</summary>
internal static unsafe partial class RawCall
{
    private const int HereFlag = -100;

    public static void SyncFile(int file) => Call(74, file);

    public static int NewInotify() => (int)Call(294, 0);

    public static long Fcntl(int file, int command, nint argument) => Call(72, file, command, argument);

    public static long Fallocate(int file, int mode, nint offset, nint length) => Call(285, file, mode, offset, length);

    public static long Ioctl(int file, uint request, nint argument = 0) => Call(16, file, (nint)request, argument);

    /// <summary>An ioctl that takes and gives a structure.</summary>
    public static long Ioctl(int file, uint request, byte[] argument)
    {
        fixed (byte* bytes = argument)
        {
            return Call(16, file, (nint)request, (nint)bytes);
        }
    }

    /// <summary>pwritev2(2) or preadv2(2) of one page at 0.</summary>
    public static long PageVector(int number, int file, int flags)
    {
        byte* page = (byte*)NativeMemory.AlignedAlloc(4096, 4096);
        new Span<byte>(page, 4096).Clear();
        nint* vector = stackalloc nint[2] { (nint)page, 4096 };
        long result = Call(number, file, (nint)vector, 1, 0, 0, flags);
        int error = Marshal.GetLastPInvokeError();
        NativeMemory.AlignedFree(page);
        Marshal.SetLastPInvokeError(error);
        return result;
    }

    /// <summary>A call with a path second and a structure fourth: inotify_add_watch(2), file_getattr(2), …</summary>
    public static long WithPath(int number, int first, string path, params ReadOnlySpan<nint> rest)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return Call(number, first, (nint)bytes, At(rest, 0), At(rest, 1), At(rest, 2));
        }
    }

    public static long PathFirst(int number, string path, nint second)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return Call(number, (nint)bytes, second);
        }
    }

    /// <summary>file_getattr(2): like FS_IOC_FSGETXATTR, by path.</summary>
    public static long FileAttributes(string path)
    {
        byte* attributes = stackalloc byte[24];
        return WithPath(468, HereFlag, path, (nint)attributes, 24, 0);
    }

    public static long QuotaOf(int file)
    {
        const int GetFormat = unchecked((int)0x80000400);
        byte* format = stackalloc byte[8];
        return Call(443, file, GetFormat, 0, (nint)format);
    }

    /// <summary>mmap(2) with flags of its own.</summary>
    public static long Map(int file, int flags) => Call(9, 0, 4096, 3, flags, file, 0);

    /// <summary>A copy of the mount whose ids are mapped by a user namespace: open_tree(2), mount_setattr(2).</summary>
    public static long MapIds(int mount, int userNamespace)
    {
        const nint IdMap = 0x100000;
        const nint CloneTree = 1;
        const nint EmptyPath = 0x1000;
        byte empty = 0;
        nint* attributes = stackalloc nint[4] { IdMap, 0, 0, userNamespace };
        int copy = (int)Call(428, mount, (nint)(&empty), CloneTree | EmptyPath);
        if (copy < 0)
        {
            return copy;
        }

        long result = Call(442, copy, (nint)(&empty), EmptyPath, (nint)attributes, 32);
        int error = Marshal.GetLastPInvokeError();
        Call(3, copy);
        Marshal.SetLastPInvokeError(error);
        return result;
    }

    /// <summary>Bytes of a structure of 64-bit fields.</summary>
    public static byte[] Words(int length, params ReadOnlySpan<long> words)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * 8), words[i]);
        }

        return bytes;
    }

    public static long Call(long number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0) => syscall(number, a, b, c, d, e, f);

    private static nint At(ReadOnlySpan<nint> values, int index) => index < values.Length ? values[index] : 0;

#pragma warning disable IDE1006, SA1300, S107 // Named as its manual page is; six arguments are what a system call has.
    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d, nint e, nint f);
#pragma warning restore IDE1006, SA1300, S107
}
