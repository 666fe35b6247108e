using System.Runtime.InteropServices;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>A directory stream of the C library, over getdents64(2).</summary>
internal sealed class DirectoryStream : IDisposable
{
    // struct dirent of 64-bit Linux: d_ino, d_off, d_reclen, d_type, d_name.
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private readonly nint _stream;

    public DirectoryStream(string path)
    {
        _stream = Import.opendir(path);
        _stream.ShouldNotBe(0, path);
    }

    /// <summary>Of the entry read last.</summary>
    public ulong Inode { get; private set; }

    /// <summary>Of the entry read last: the type's bits of a mode, shifted right by 12.</summary>
    public byte Type { get; private set; }

    /// <summary>The next entry's name; null at the end.</summary>
    public string? Next()
    {
        nint entry = Import.readdir(_stream);
        if (entry == 0)
        {
            return null;
        }

        Inode = (ulong)Marshal.ReadInt64(entry);
        Type = Marshal.ReadByte(entry, TypeOffset);
        return Marshal.PtrToStringUTF8(entry + NameOffset);
    }

    public IEnumerable<string> Rest()
    {
        while (Next() is { } name)
        {
            yield return name;
        }
    }

    public long Tell() => Import.telldir(_stream);

    public void Seek(long place) => Import.seekdir(_stream, place);

    public void Rewind() => Import.rewinddir(_stream);

    public void Dispose() => _ = Import.closedir(_stream);
}
