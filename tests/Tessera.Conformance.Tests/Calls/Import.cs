using System.Runtime.InteropServices;

namespace Tessera.Conformance.Tests.Calls;

#pragma warning disable IDE1006, SA1300, CA1707 // Named as their manual pages are.
/// <summary>The C library's functions; syscall(2) where it would do more than the kernel.</summary>
internal static partial class Import
{
    private const string C = "libc";

    [LibraryImport(C, SetLastError = true)]
    public static partial long syscall(long number, nint first, nint second, nint third);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int open(string path, int flags, uint mode);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true)]
    public static partial int open_bytes(in byte path, int flags, uint mode);

    [LibraryImport(C, SetLastError = true)]
    public static partial int close(int file);

    [LibraryImport(C, SetLastError = true)]
    public static partial int dup(int file);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fcntl(int file, int command, nint argument);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int name_to_handle_at(int directory, string path, ref byte handle, out int mount, int flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial int open_by_handle_at(int mount, ref byte handle, int flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint pwritev2(int file, in nint vector, int count, long offset, int flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint sendfile(int to, int from, nint offset, nuint count);

    [LibraryImport(C, EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint copy_file_range_here(int from, nint fromOffset, int to, nint toOffset, nuint length, uint flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial int kill(int process, int signal);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint pread(int file, ref byte to, nuint length, long offset);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint pwrite(int file, in byte from, nuint length, long offset);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint read(int file, ref byte to, nuint length);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint write(int file, in byte from, nuint length);

    [LibraryImport(C, SetLastError = true)]
    public static partial long lseek(int file, long offset, int whence);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int truncate(string path, long length);

    [LibraryImport(C, SetLastError = true)]
    public static partial int ftruncate(int file, long length);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fallocate(int file, int mode, long offset, long length);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint copy_file_range(int from, ref long fromOffset, int to, ref long toOffset, nuint length, uint flags);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fsync(int file);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fdatasync(int file);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int linkat(int from, string fromPath, int to, string toPath, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int unlinkat(int directory, string path, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int renameat2(int from, string fromPath, int to, string toPath, uint flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mkdir(string path, uint mode);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int rmdir(string path);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int symlink(string target, string path);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint readlink(string path, ref byte to, nuint length);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mknod(string path, uint mode, ulong device);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int chmod(string path, uint mode);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fchmod(int file, uint mode);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int fchownat(int directory, string path, uint uid, uint gid, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int utimensat(int directory, string path, in TimeStamp times, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int access(string path, int mode);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int statx(int directory, string path, int flags, uint mask, out Attributes attributes);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int lsetxattr(string path, string name, in byte value, nuint size, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint lgetxattr(string path, string name, ref byte value, nuint size);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint llistxattr(string path, ref byte list, nuint size);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int lremovexattr(string path, string name);

    [LibraryImport(C, SetLastError = true)]
    public static partial int flock(int file, int operation);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fcntl(int file, int command, ref RecordLock range);

    [LibraryImport(C, SetLastError = true)]
    public static partial int ioctl(int file, nuint request, ref nint value);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint mmap(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport(C, SetLastError = true)]
    public static partial int munmap(nint address, nuint length);

    [LibraryImport(C, SetLastError = true)]
    public static partial int msync(nint address, nuint length, int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int statfs(string path, ref long to);

    [LibraryImport(C, SetLastError = true)]
    public static partial int fstatfs(int file, ref long to);

    [LibraryImport(C, SetLastError = true)]
    public static partial uint umask(uint mask);

    [LibraryImport(C, SetLastError = true)]
    public static partial int unshare(int flags);

    [LibraryImport(C, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint opendir(string path);

    [LibraryImport(C, SetLastError = true)]
    public static partial nint readdir(nint stream);

    [LibraryImport(C)]
    public static partial long telldir(nint stream);

    [LibraryImport(C)]
    public static partial void seekdir(nint stream, long place);

    [LibraryImport(C)]
    public static partial void rewinddir(nint stream);

    [LibraryImport(C)]
    public static partial int closedir(nint stream);
}
