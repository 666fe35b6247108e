using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>An open file or directory.</summary>
internal sealed class OpenFile
{
    public ulong Handle { get; set; }

    public Inode Inode { get; set; } = null!;

    public OpenFlags Flags { get; set; }

    /// <summary>Who opened it.</summary>
    public uint Uid { get; set; }

    public ReadPattern Reads { get; } = new();

    /// <summary>Failed write-backs of the inode this handle has reported or came after.</summary>
    public int SeenErrors { get; set; }

    public bool CanRead => (Flags & OpenFlags.AccessMask) != OpenFlags.WriteOnly;

    public bool CanWrite => (Flags & OpenFlags.AccessMask) != OpenFlags.ReadOnly;
}
