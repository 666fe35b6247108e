using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>A file's handle, as NFS servers give them to clients: name_to_handle_at(2), open_by_handle_at(2).</summary>
internal sealed unsafe partial class FileHandle
{
    public const int Stale = 116;

    /// <summary>MAX_HANDLE_SZ, behind two words: length and type.</summary>
    private const int LongestHandle = 128;
    private const int HeaderLength = 8;
    private const int CurrentDirectory = -100;
    private const int DirectoryFlag = 0x10000;

    private readonly byte[] _handle = new byte[HeaderLength + LongestHandle];

    private FileHandle()
    {
    }

    /// <summary>The handle of what a path names; a symbolic link is not followed.</summary>
    public static FileHandle Of(string path)
    {
        var handle = new FileHandle();
        BinaryPrimitives.WriteUInt32LittleEndian(handle._handle, LongestHandle);
        fixed (byte* bytes = handle._handle)
        {
            int mountId = 0;
            Check(name_to_handle_at(CurrentDirectory, path, bytes, &mountId, 0), "name_to_handle_at", path);
        }

        return handle;
    }

    /// <summary>Opens what the handle means on the mount that <paramref name="mountPoint"/> lies in; the descriptor.</summary>
    /// <exception cref="SyscallException"><see cref="Stale"/> when it means nothing any more.</exception>
    public int Open(string mountPoint, int flags = Syscall.ReadOnly)
    {
        int mount = Syscall.OpenFile(mountPoint, DirectoryFlag);
        try
        {
            fixed (byte* bytes = _handle)
            {
                return Check(open_by_handle_at(mount, bytes, flags), "open_by_handle_at", mountPoint);
            }
        }
        finally
        {
            Syscall.CloseFile(mount);
        }
    }

    /// <summary>The error of opening it, 0 when there is none.</summary>
    public int TryOpen(string mountPoint)
    {
        try
        {
            Syscall.CloseFile(Open(mountPoint));
            return 0;
        }
        catch (SyscallException refused)
        {
            return refused.Errno;
        }
    }

    /// <summary>All of the file it means.</summary>
    public byte[] Read(string mountPoint)
    {
        using var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(Open(mountPoint), ownsHandle: true), FileAccess.Read);
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private static int Check(int result, string call, string path) =>
        result >= 0 ? result : throw new SyscallException(Marshal.GetLastPInvokeError(), call, path);

#pragma warning disable IDE1006, SA1300 // Named as their manual pages are.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int name_to_handle_at(int directory, string path, byte* handle, int* mountId, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open_by_handle_at(int mount, byte* handle, int flags);
#pragma warning restore IDE1006, SA1300
}
