namespace Tessera.Testing.Models;

/// <summary>What an inode of the reference was after an operation.</summary>
/// <param name="Operation">The operation that left it so; it stays so until the next state's.</param>
public sealed record NodeState(int Operation)
{
    public required uint Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required int Links { get; init; }

    public required KeyValuePair<string, ReferenceNode>[] Children { get; init; }

    public required KeyValuePair<string, byte[]>[] Xattrs { get; init; }

    public required AccessList? Acl { get; init; }

    /// <summary>The newest version of the content that there was.</summary>
    public required int Version { get; init; }

    /// <summary>The oldest version that a crash may leave.</summary>
    public required int Flushed { get; init; }
}
