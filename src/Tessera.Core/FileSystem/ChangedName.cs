namespace Tessera.Core.FileSystem;

/// <summary>A name in a directory, by inode and by path.</summary>
/// <param name="Parent">The directory.</param>
/// <param name="ParentPath">Where it is: names from the root on with '/' between them; empty for the root.</param>
/// <param name="Name">Empty: the directory itself.</param>
public readonly record struct ChangedName(ulong Parent, byte[] ParentPath, byte[] Name)
{
    /// <summary>Longest path that is told, bytes (PATH_MAX).</summary>
    public const int MaxPath = 4096;

    /// <summary>From the root on; empty for the root.</summary>
    public byte[] Path => ParentPath.Length == 0 ? Name : Name.Length == 0 ? ParentPath : [.. ParentPath, (byte)'/', .. Name];
}
