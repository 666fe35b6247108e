namespace Tessera.Volumes.Repairing;

/// <summary>What an inode's entries or extents come to.</summary>
/// <param name="Entries">Entries of a directory.</param>
/// <param name="Live">Bytes of a file's extents.</param>
/// <param name="Inline">Bytes of its inline extents, with their overhead.</param>
/// <param name="Blocks">Bytes of its blocks.</param>
internal record struct InodeSums(long Entries, long Live, long Inline, long Blocks);
