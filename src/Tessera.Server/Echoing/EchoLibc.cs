using System.Runtime.InteropServices;

namespace Tessera.Server.Echoing;

/// <summary>The system calls that changes are repeated by. Each returns −1 on failure and leaves errno in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class EchoLibc
{
    public const int WriteOnly = 0x1;
    public const int NonBlocking = 0x800;
    public const int Directory = 0x10000;
    public const int NoFollow = 0x20000;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const int RemoveDirectory = 0x200;
    public const int AtNoFollow = 0x100;
    public const int AtCurrentDirectory = -100;
    public const long TimeOmit = (1L << 30) - 2;

    /// <summary>RESOLVE_BENEATH, _NO_MAGICLINKS, _NO_SYMLINKS, _NO_XDEV.</summary>
    public const ulong Confined = 0xF;

    private const nint OpenAt2 = 437;

    [LibraryImport("libc", EntryPoint = "gettid")]
    public static partial int ThreadId();

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectory(int directory, byte* name, uint mode);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true)]
    public static partial int MakeNode(int directory, byte* name, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int Symlink(byte* target, int directory, byte* name);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int Unlink(int directory, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int Rename(int fromDirectory, byte* from, int toDirectory, byte* to);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int ChangeTimes(int directory, byte* name, long* times, int flags);

    /// <summary>Beneath a directory, on its own mount, through no link of any kind.</summary>
    public static int OpenBeneath(int directory, byte* name, int flags)
    {
        ulong* how = stackalloc ulong[3] { (uint)flags, 0, Confined };
        return (int)Call(OpenAt2, directory, name, how, 3 * sizeof(ulong));
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint directory, byte* name, ulong* how, nuint size);
}
