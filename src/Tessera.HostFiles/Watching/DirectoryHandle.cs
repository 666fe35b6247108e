using System.Buffers.Binary;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles.Watching;

/// <summary>What names a directory in events: struct file_handle of name_to_handle_at(2), as its bytes.</summary>
internal static unsafe class DirectoryHandle
{
    /// <summary>Count of bytes u32, type s32.</summary>
    public const int HeaderSize = 8;

    /// <summary>MAX_HANDLE_SZ.</summary>
    private const int MaxBytes = 128;

    /// <summary>Null: this file system has none.</summary>
    public static byte[]? Of(int directory)
    {
        byte* handle = stackalloc byte[HeaderSize + MaxBytes];
        byte empty = 0;
        int mount;
        *(int*)handle = MaxBytes;
        return Libc.NameToHandle(directory, &empty, handle, &mount, Flag.AtEmptyPath) == 0
            ? new ReadOnlySpan<byte>(handle, HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(handle, sizeof(int)))).ToArray()
            : null;
    }
}
