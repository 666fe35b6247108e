using System.Runtime.InteropServices;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Checking;

/// <summary>What the passes keep of one inode: 72 bytes, so that a million inodes cost 69 MiB.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct InodeFacts
{
    public ulong Ino;

    /// <summary>As the record says; 0 unless a directory.</summary>
    public ulong Parent;
    public long Length;
    public long LiveBytes;
    public long BlockBytes;
    public long InlineBytes;

    /// <summary>As the record says.</summary>
    public uint Links;

    /// <summary>Entries that name it.</summary>
    public uint Names;

    /// <summary>Entries of it that name directories.</summary>
    public uint Subdirectories;

    /// <summary>Index of the directory that has an entry of it, plus one; 0: none seen. Of several, the one the record calls the parent.</summary>
    public int NamedIn;

    /// <summary>The mode's type shifted right by 12, as entries tell it.</summary>
    public byte Type;
    public InodeMarks Marks;
    public InodeTraits Traits;
    public ClimbState Climb;

    public readonly uint Mode => (uint)Type << 12;

    public readonly bool IsMalformed => Traits.HasFlag(InodeTraits.Malformed);

    public readonly bool IsDeleting => Traits.HasFlag(InodeTraits.Deleting);

    public readonly bool IsDirectory => ModeBits.IsDirectory(Mode);

    public readonly bool IsRegular => ModeBits.IsRegular(Mode);

    public readonly bool IsSymlink => ModeBits.IsSymlink(Mode);
}
