namespace Tessera.Conformance.Tests.Calls;

/// <content>Descriptors, handles and signals.</content>
internal static partial class Kernel
{
    private const int GetFileFlags = 3;
    private const int SetFileFlags = 4;

    public static int Duplicate(int file) => Checked(Import.dup(file));

    public static void Signal(int process, int signal) => Checked(Import.kill(process, signal));

    /// <summary>fcntl(2), F_GETFL: the flags of the open file description.</summary>
    public static int FileFlags(int file) => Checked(Import.fcntl(file, GetFileFlags, 0));

    public static void ChangeFileFlags(int file, int flags) => Checked(Import.fcntl(file, SetFileFlags, flags));

    public static void NameToHandle(string path, ref byte handle) => Checked(Import.name_to_handle_at(Here, path, ref handle, out _, 0));

    public static int OpenByHandle(int mount, ref byte handle, int flags) => Checked(Import.open_by_handle_at(mount, ref handle, flags));

    /// <summary>pwritev2(2) of one buffer.</summary>
    public static unsafe int WriteAt(int file, byte[] bytes, long offset, int flags)
    {
        fixed (byte* from = bytes)
        {
            ReadOnlySpan<nint> vector = [(nint)from, bytes.Length];
            return (int)Checked(Import.pwritev2(file, in vector[0], 1, offset, flags));
        }
    }

    /// <summary>copy_file_range(2) from and to where the descriptors stand.</summary>
    public static long CopyHere(int from, int to, int length, uint flags = 0) => Checked(Import.copy_file_range_here(from, 0, to, 0, (nuint)length, flags));

    public static long SendFile(int to, int from, int count) => Checked(Import.sendfile(to, from, 0, (nuint)count));

    /// <summary>Reads into memory of this alignment, which O_DIRECT asks for.</summary>
    public static unsafe byte[] ReadAligned(int file, int length, long offset)
    {
        byte* memory = (byte*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)length, 4096);
        try
        {
            int got = (int)Checked(Import.pread(file, ref *memory, (nuint)length, offset));
            return new ReadOnlySpan<byte>(memory, got).ToArray();
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>Writes from memory of this alignment.</summary>
    public static unsafe int WriteAligned(int file, byte[] bytes, long offset)
    {
        byte* memory = (byte*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)bytes.Length, 4096);
        try
        {
            bytes.CopyTo(new Span<byte>(memory, bytes.Length));
            return (int)Checked(Import.pwrite(file, in *memory, (nuint)bytes.Length, offset));
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.AlignedFree(memory);
        }
    }
}
