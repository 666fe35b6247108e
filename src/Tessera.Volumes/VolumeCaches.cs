using Tessera.Core;

namespace Tessera.Volumes;

/// <summary>What a volume keeps in memory to be quick.</summary>
/// <param name="Blocks">Contents of blocks lately read, bytes.</param>
/// <param name="Names">Names lately looked up, entries.</param>
/// <param name="Inodes">Records of inodes; more than the bound while the kernel or a program holds them.</param>
public readonly record struct VolumeCaches(CacheCounters Blocks, CacheCounters Names, CacheCounters Inodes);
