using Tessera.Core.FileSystem;

namespace Tessera.Testing.Models;

/// <summary>An inode of the reference model.</summary>
public sealed class ReferenceNode(uint mode)
{
    public uint Mode { get; set; } = mode;

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public int Links { get; set; } = ModeBits.IsDirectory(mode) ? 2 : 1;

    public ReferenceNode? Parent { get; set; }

    public Dictionary<string, ReferenceNode> Children { get; } = new(StringComparer.Ordinal);

    public byte[] Data { get; set; } = [];

    public Dictionary<string, byte[]> Xattrs { get; } = new(StringComparer.Ordinal);

    /// <summary>The number the file system under test gave it.</summary>
    public ulong Ino { get; set; }

    /// <summary>Bytes were written since the last flush.</summary>
    public bool IsDirty { get; set; }

    public int OpenHandles { get; set; }

    public bool IsDirectory => ModeBits.IsDirectory(Mode);

    public bool IsRegular => ModeBits.IsRegular(Mode);
}
