using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>An entry of a listing; its name is a slice of the listing.</summary>
internal readonly ref struct ListedEntry(ReadOnlySpan<byte> name, ulong cookie, InodeAttributes attributes)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public ulong Cookie { get; } = cookie;

    public InodeAttributes Attributes { get; } = attributes;

    /// <summary>It counts as a telling of its inode: "." and ".." do not, nor what can only be listed.</summary>
    public bool IsReference => Attributes.Ino != 0 && !IsDotOrDotDot;

    public bool IsDotOrDotDot => Name.SequenceEqual("."u8) || Name.SequenceEqual(".."u8);
}
