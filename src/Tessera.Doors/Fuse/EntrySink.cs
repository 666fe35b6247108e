using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>Packs a directory's entries into the kernel's reply, counting a reference for each that carries attributes.</summary>
internal sealed class EntrySink(LookupCounts references, FuseDoorOptions options) : IDirectorySink
{
    private FuseDirectoryWriter writer;

    public bool WantsAttributes => writer.IsPlus;

    public void Begin(FuseDirectoryWriter entries) => writer = entries;

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        if (!writer.IsPlus)
        {
            return writer.TryAdd(name, Attributes.Shown(attributes), attributes.Mode, cookie);
        }

        if (!writer.HasRoomFor(name.Length))
        {
            return false;
        }

        // "." and ".." are no references, nor is an entry without an inode: the kernel neither counts nor forgets them.
        if (attributes.Ino != 0 && !IsDotOrDotDot(name))
        {
            references.Add(attributes.Ino);
        }

        return writer.TryAdd(name, Attributes.Entry(attributes, options), cookie);
    }

    private static bool IsDotOrDotDot(ReadOnlySpan<byte> name) => name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
}
