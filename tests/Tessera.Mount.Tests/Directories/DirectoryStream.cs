using System.Buffers.Binary;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Directories;

/// <summary>A directory read by getdents64(2), with the offset at which the kernel goes on after each entry.</summary>
internal sealed class DirectoryStream(string path) : IDisposable
{
    // struct linux_dirent64: d_ino u64, d_off i64, d_reclen u16, d_type u8, d_name.
    private const int OffsetAt = 8;
    private const int LengthAt = 16;
    private const int NameAt = 19;

    /// <summary>Small, so that a listing takes many calls, and changes come between them.</summary>
    private const int BufferLength = 1024;
    private readonly int _file = Syscall.OpenFile(path, Syscall.ReadOnly | Syscall.Directory);

    /// <summary>The entries from an offset on to the end; 0 is the beginning.</summary>
    public IEnumerable<(string Name, long Next)> From(long offset)
    {
        Syscall.Seek(_file, offset);
        byte[] buffer = new byte[BufferLength];
        while (Syscall.ReadEntries(_file, buffer) is var length and > 0)
        {
            for (int at = 0; at < length; at += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + LengthAt)))
            {
                ReadOnlySpan<byte> name = buffer.AsSpan(at + NameAt);
                yield return (Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]), BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(at + OffsetAt)));
            }
        }
    }

    public void Dispose() => Syscall.DropFile(_file);
}
