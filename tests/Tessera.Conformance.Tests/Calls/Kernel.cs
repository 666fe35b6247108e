using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>System calls as they are; a failure is a <see cref="SyscallException"/> with its errno.</summary>
internal static partial class Kernel
{
    public const int CloneFileSystem = 0x200;
    public const int CloneFiles = 0x400;
    public const int SeekSet = 0;
    public const int SeekCurrent = 1;
    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int FollowLinks = 0x400;
    public const int NoFollow = 0x100;
    public const int RemoveDirectoryFlag = 0x200;
    public const int EmptyPath = 0x1000;
    public const uint NoReplace = 1;
    public const uint Exchange = 2;
    public const uint Whiteout = 4;
    public const int KeepSize = 1;
    public const int PunchHole = 2;
    public const int ZeroRange = 16;

    public const int AsyncMapped = 1;
    public const int SyncMapped = 4;

    private const int Here = -100;
    private const uint EveryAttribute = 0xFFF;
    private const long SetGroupsCall = 116;
    private const long SetUidsCall = 117;
    private const long SetGidsCall = 119;
    private const long GetEntriesCall = 217;
    private const nuint GetFlags = 0x80086601;
    private const nuint SetFlags = 0x40086602;

    public static int Open(string path, int flags, uint mode = 0) => Checked(Import.open(path, flags, mode));

    /// <param name="path">Bytes, with the NUL that ends them.</param>
    public static int Open(ReadOnlySpan<byte> path, int flags, uint mode) => Checked(Import.open_bytes(in path[0], flags, mode));

    public static void Close(int file) => Checked(Import.close(file));

    /// <summary>Closes; the case may have closed it already.</summary>
    public static void Drop(int file) => _ = Import.close(file);

    public static int Write(int file, string text)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(text), 0];
        return (int)Checked(Import.write(file, in bytes[0], (nuint)bytes.Length - 1));
    }

    public static int Write(int file, byte[] bytes) => (int)Checked(Import.write(file, in bytes[0], (nuint)bytes.Length));

    public static int WriteAt(int file, string text, long offset)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(text), 0];
        return (int)Checked(Import.pwrite(file, in bytes[0], (nuint)bytes.Length - 1, offset));
    }

    public static string Read(int file, int length)
    {
        byte[] bytes = new byte[length + 1];
        return Encoding.UTF8.GetString(bytes, 0, (int)Checked(Import.read(file, ref bytes[0], (nuint)length)));
    }

    public static string ReadAt(int file, int length, long offset)
    {
        byte[] bytes = new byte[length + 1];
        return Encoding.UTF8.GetString(bytes, 0, (int)Checked(Import.pread(file, ref bytes[0], (nuint)length, offset)));
    }

    /// <summary>A whole file, which is small.</summary>
    public static string ReadFile(string path)
    {
        int file = Open(path, OpenFlag.ReadOnly);
        try
        {
            return Read(file, 65536);
        }
        finally
        {
            Close(file);
        }
    }

    public static long Seek(int file, long offset, int whence) => Checked(Import.lseek(file, offset, whence));

    public static void Truncate(string path, long length) => Checked(Import.truncate(path, length));

    public static void Truncate(int file, long length) => Checked(Import.ftruncate(file, length));

    public static void Allocate(int file, int mode, long offset, long length) => Checked(Import.fallocate(file, mode, offset, length));

    public static long CopyRange(int from, long fromOffset, int to, long toOffset, long length) =>
        Checked(Import.copy_file_range(from, ref fromOffset, to, ref toOffset, (nuint)length, 0));

    public static void Sync(int file) => Checked(Import.fsync(file));

    public static void SyncData(int file) => Checked(Import.fdatasync(file));

    public static void Link(string from, string to, int flags = 0) => Checked(Import.linkat(Here, from, Here, to, flags));

    public static void Unlink(string path, int flags = 0) => Checked(Import.unlinkat(Here, path, flags));

    public static void Rename(string from, string to, uint flags = 0) => Checked(Import.renameat2(Here, from, Here, to, flags));

    public static void MakeDirectory(string path, uint mode = Mode.Directory) => Checked(Import.mkdir(path, mode));

    public static void RemoveDirectory(string path) => Checked(Import.rmdir(path));

    public static void MakeLink(string target, string path) => Checked(Import.symlink(target, path));

    public static string ReadLink(string path, int size = 4096)
    {
        byte[] bytes = new byte[size + 1];
        return Encoding.UTF8.GetString(bytes, 0, (int)Checked(Import.readlink(path, ref bytes[0], (nuint)size)));
    }

    public static void MakeNode(string path, uint mode, ulong device = 0) => Checked(Import.mknod(path, mode, device));

    public static void ChangeMode(string path, uint mode) => Checked(Import.chmod(path, mode));

    public static void ChangeMode(int file, uint mode) => Checked(Import.fchmod(file, mode));

    /// <param name="path">A symbolic link is followed, unless <paramref name="flags"/> says otherwise.</param>
    /// <param name="uid">uint.MaxValue leaves it.</param>
    /// <param name="gid">uint.MaxValue leaves it.</param>
    /// <param name="flags">AT_ flags.</param>
    public static void ChangeOwner(string path, uint uid, uint gid, int flags = 0) => Checked(Import.fchownat(Here, path, uid, gid, flags));

    public static void SetTimes(string path, TimeStamp accessed, TimeStamp modified, int flags = 0)
    {
        ReadOnlySpan<TimeStamp> times = [accessed, modified];
        Checked(Import.utimensat(Here, path, in times[0], flags));
    }

    /// <summary>utimensat(2) with a null pointer: now.</summary>
    public static void Touch(string path) => Checked(Import.utimensat(Here, path, in Unsafe.NullRef<TimeStamp>(), 0));

    public static void Access(string path, int mode) => Checked(Import.access(path, mode));

    /// <summary>Of the entry itself: a symbolic link is not followed.</summary>
    public static Attributes Stat(string path)
    {
        Checked(Import.statx(Here, path, NoFollow, EveryAttribute, out Attributes attributes));
        return attributes;
    }

    public static Attributes StatTarget(string path)
    {
        Checked(Import.statx(Here, path, 0, EveryAttribute, out Attributes attributes));
        return attributes;
    }

    public static Attributes Stat(int file)
    {
        Checked(Import.statx(file, string.Empty, EmptyPath, EveryAttribute, out Attributes attributes));
        return attributes;
    }

    public static void SetXattr(string path, string name, byte[] value, int flags = 0)
    {
        byte[] padded = [.. value, 0];
        Checked(Import.lsetxattr(path, name, in padded[0], (nuint)value.Length, flags));
    }

    public static byte[] GetXattr(string path, string name, int size = 65536)
    {
        byte[] value = new byte[size + 1];
        return value[..(int)Checked(Import.lgetxattr(path, name, ref value[0], (nuint)size))];
    }

    public static string[] ListXattr(string path)
    {
        byte[] list = new byte[65536];
        int length = (int)Checked(Import.llistxattr(path, ref list[0], (nuint)list.Length));
        return Encoding.UTF8.GetString(list, 0, length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>listxattr(2) into a buffer; the length of the list.</summary>
    public static int ListXattr(string path, byte[] list)
    {
        byte[] padded = [.. list, 0];
        return (int)Checked(Import.llistxattr(path, ref padded[0], (nuint)list.Length));
    }

    public static void RemoveXattr(string path, string name) => Checked(Import.lremovexattr(path, name));

    public static void FileLock(int file, int operation) => Checked(Import.flock(file, operation));

    /// <summary>fcntl(2); for F_GETLK what it found.</summary>
    public static RecordLock Lock(int file, int command, RecordLock range)
    {
        Checked(Import.fcntl(file, command, ref range));
        return range;
    }

    public static int InodeFlags(int file)
    {
        nint flags = 0;
        Checked(Import.ioctl(file, GetFlags, ref flags));
        return (int)flags;
    }

    public static void SetInodeFlags(int file, int value)
    {
        nint flags = value;
        Checked(Import.ioctl(file, SetFlags, ref flags));
    }

    public static nint Map(int file, int length, int protection, int flags) =>
        Checked(Import.mmap(0, (nuint)length, protection, flags, file, 0));

    public static void SyncMap(nint address, int length, int flags = SyncMapped) => Checked(Import.msync(address, (nuint)length, flags));

    public static void Unmap(nint address, int length) => Checked(Import.munmap(address, (nuint)length));

    public static void Unshare(int flags) => Checked(Import.unshare(flags));

    public static void SetMask(uint mask) => _ = Import.umask(mask);

    public static unsafe void SetIds(uint uid, uint gid, uint[] groups)
    {
        fixed (uint* list = groups)
        {
            Checked(Import.syscall(SetGroupsCall, groups.Length, (nint)list, 0));
        }

        Checked(Import.syscall(SetGidsCall, (nint)gid, (nint)gid, (nint)gid));
        Checked(Import.syscall(SetUidsCall, (nint)uid, (nint)uid, (nint)uid));
    }

    private static int Checked(int result, [CallerMemberName] string call = "") => (int)Checked((long)result, call);

    private static nint Checked(nint result, [CallerMemberName] string call = "") => (nint)Checked((long)result, call);

    private static long Checked(long result, [CallerMemberName] string call = "") =>
        result is not -1 ? result : throw new SyscallException(Marshal.GetLastPInvokeError(), call, "the case's entry");
}
