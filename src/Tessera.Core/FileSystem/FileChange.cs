namespace Tessera.Core.FileSystem;

/// <summary>A change that others made to files behind a file system, told after it happened.</summary>
/// <param name="Kinds">What happened.</param>
/// <param name="IsDirectory">To a directory.</param>
/// <param name="Name">Where; of a rename: what it was.</param>
public sealed record FileChange(ChangeKinds Kinds, bool IsDirectory, ChangedName Name)
{
    /// <summary>Changes were lost.</summary>
    public static FileChange Everything { get; } = new(ChangeKinds.Everything, IsDirectory: false, new ChangedName(0, [], []));

    /// <summary>The inode, where the file system has told of it; otherwise 0.</summary>
    public ulong Ino { get; init; }

    /// <summary>Of a rename: what it is now.</summary>
    public ChangedName NewName { get; init; } = new(0, [], []);
}
