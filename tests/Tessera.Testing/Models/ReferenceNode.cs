using Tessera.Core.FileSystem;

namespace Tessera.Testing.Models;

/// <summary>An inode of the reference model: as it is now, and as it was after each operation that <see cref="ReferenceHistory"/> noted.</summary>
public sealed class ReferenceNode(uint mode, byte[] content)
{
    private readonly List<NodeState> states = [];

    public uint Mode { get; set; } = mode;

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    /// <summary>Device number of a device node.</summary>
    public uint Rdev { get; init; }

    public int Links { get; set; } = ModeBits.IsDirectory(mode) ? 2 : 1;

    public ReferenceNode? Parent { get; set; }

    public Dictionary<string, ReferenceNode> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>A regular file's bytes, or a symbolic link's target.</summary>
    public ReferenceContent Content { get; } = new(content);

    public byte[] Data => Content.Data;

    public Dictionary<string, byte[]> Xattrs { get; } = new(StringComparer.Ordinal);

    public AccessList? Acl { get; set; }

    /// <summary>The number the file system under test gave it.</summary>
    public ulong Ino { get; set; }

    public int OpenHandles { get; set; }

    /// <summary>The last operation that stored something of it.</summary>
    public int LastChange { get; set; }

    public bool IsDirectory => ModeBits.IsDirectory(Mode);

    public bool IsRegular => ModeBits.IsRegular(Mode);

    public bool IsSymlink => ModeBits.IsSymlink(Mode);

    /// <summary>Keeps what it is now as its state from the operation on.</summary>
    public void Note(int operation)
    {
        if (states.Count > 0 && states[^1].Operation == operation)
        {
            states.RemoveAt(states.Count - 1);
        }

        states.Add(new NodeState(operation)
        {
            Mode = Mode,
            Uid = Uid,
            Gid = Gid,
            Links = Links,
            Children = [.. Children],
            Xattrs = [.. Xattrs],
            Acl = Acl,
            Version = Content.Version,
            Flushed = Content.Flushed,
        });
    }

    /// <summary>What it was when the operation had been done.</summary>
    /// <exception cref="InvalidOperationException">It did not exist then.</exception>
    public NodeState StateAt(int operation) =>
        states.FindLast(state => state.Operation <= operation) ?? throw new InvalidOperationException($"Inode {Ino} did not exist after operation {operation}.");
}
