using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>Packs directory entries into the reply of READDIR or READDIRPLUS until it is full. Lent along with its request.</summary>
public readonly struct FuseDirectoryWriter
{
    private readonly FuseRequest _request;

    internal FuseDirectoryWriter(FuseRequest request)
    {
        _request = request;
    }

    /// <summary>Whether entries carry attributes: READDIRPLUS.</summary>
    public bool IsPlus => _request.Opcode == FuseOpcode.ReadDirectoryPlus;

    /// <summary>Whether an entry with a name of this length still fits. Ask before counting a lookup.</summary>
    public bool HasRoomFor(int nameLength) => SizeOf(nameLength) <= _request.LentLength - _request.PackedLength;

    /// <summary>Adds a name without attributes. False: the reply is full, and the entry is not in it.</summary>
    /// <param name="name">1 to 255 bytes.</param>
    /// <param name="ino">Shown by getdents(2); not zero.</param>
    /// <param name="mode">The file type in stat(2)'s mode; other bits are ignored.</param>
    /// <param name="cookie">The offset from which the entries after this one are to be read; not zero.</param>
    public bool TryAdd(ReadOnlySpan<byte> name, ulong ino, uint mode, ulong cookie) => TryAdd(name, default, ino, mode, cookie);

    /// <summary>Adds a name with attributes, which counts as one lookup of its node. Only when <see cref="IsPlus"/>.</summary>
    public bool TryAdd(ReadOnlySpan<byte> name, in FuseEntry entry, ulong cookie)
    {
        if (!IsPlus)
            throw new InvalidOperationException("READDIR takes no attributes: the kernel would not count this lookup.");
        return TryAdd(name, entry, entry.Attributes.Ino, entry.Attributes.Mode, cookie);
    }

    /// <summary>The reply was not taken: the lookups it counted are forgotten at once.</summary>
    internal static void TakeBackLookups(FuseRequest request, FuseFileSystem fileSystem)
    {
        var packed = request.Payload[..request.PackedLength];
        while (!packed.IsEmpty)
        {
            var entry = MemoryMarshal.Read<FuseEntry>(packed);
            var header = MemoryMarshal.Read<DirectoryEntryHeader>(packed[Unsafe.SizeOf<FuseEntry>()..]);
            var name = packed.Slice(Unsafe.SizeOf<FuseEntry>() + Unsafe.SizeOf<DirectoryEntryHeader>(), (int)header.NameLength);
            if (entry.NodeId != 0 && !IsDotOrDotDot(name))
                fileSystem.Forget(entry.NodeId, 1);
            packed = packed[(Unsafe.SizeOf<FuseEntry>() + DirectoryEntrySize((int)header.NameLength))..];
        }
    }

    private static bool IsDotOrDotDot(ReadOnlySpan<byte> name) => name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);

    private static int DirectoryEntrySize(int nameLength) => (Unsafe.SizeOf<DirectoryEntryHeader>() + nameLength + 7) & ~7;

    private int SizeOf(int nameLength) => DirectoryEntrySize(nameLength) + (IsPlus ? Unsafe.SizeOf<FuseEntry>() : 0);

    private bool TryAdd(ReadOnlySpan<byte> name, in FuseEntry entry, ulong ino, uint mode, ulong cookie)
    {
        if (name.IsEmpty || name.Length > 255)
            throw new ArgumentException("A name has 1 to 255 bytes.", nameof(name));
        if (!HasRoomFor(name.Length))
            return false;

        var target = _request.Payload.Slice(_request.PackedLength, SizeOf(name.Length));
        _request.PackedLength += target.Length;
        if (IsPlus)
        {
            MemoryMarshal.Write(target, entry);
            target = target[Unsafe.SizeOf<FuseEntry>()..];
        }

        // The last word first: the name overwrites all of it but the padding, which must not show what the buffer held before.
        target[^8..].Clear();
        MemoryMarshal.Write(target, new DirectoryEntryHeader(ino, cookie, (uint)name.Length, (mode >> 12) & 15));
        name.CopyTo(target[Unsafe.SizeOf<DirectoryEntryHeader>()..]);
        return true;
    }
}
