using System.Buffers.Binary;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>struct file_handle of name_to_handle_at(2): a length, a type and the bytes by which a server for files finds the inode again.</summary>
internal sealed class FileHandle
{
    private const int HeaderSize = 8;
    private const int MaxBytes = 128;

    private readonly byte[] _bytes = new byte[HeaderSize + MaxBytes];

    private FileHandle()
    {
    }

    /// <param name="path">A symbolic link is not followed.</param>
    /// <param name="room">How many bytes the handle may have.</param>
    public static FileHandle Of(string path, int room = MaxBytes)
    {
        var handle = new FileHandle();
        BinaryPrimitives.WriteInt32LittleEndian(handle._bytes, room);
        Kernel.NameToHandle(path, ref handle._bytes[0]);
        return handle;
    }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(_bytes));

    /// <summary>open_by_handle_at(2).</summary>
    /// <param name="mount">Any descriptor of the file system.</param>
    /// <param name="flags">As of open(2).</param>
    /// <exception cref="SyscallException">ESTALE: the file is gone.</exception>
    public int Open(int mount, int flags) => Kernel.OpenByHandle(mount, ref _bytes[0], flags);
}
