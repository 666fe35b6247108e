namespace Tessera.Host.Serving;

/// <summary>The larger parts of a daemon's memory, bytes; the rest is the program itself, inodes, names and buffers of requests.</summary>
/// <param name="BlockBytes">Contents of blocks lately read.</param>
/// <param name="NodeBytes">Nodes of the tree.</param>
/// <param name="DirtyBytes">Written, not yet stored.</param>
/// <param name="TableBytes">Commits that are not in the tree yet.</param>
internal sealed record MemoryUses(long BlockBytes, long NodeBytes, long DirtyBytes, long TableBytes);
