namespace Tessera.Core;

/// <summary>A cache at a moment, and how often it had what was asked of it since it was made.</summary>
/// <param name="Used">What it holds, in the unit of its bound: bytes, or entries.</param>
/// <param name="Limit">Its bound.</param>
/// <param name="Hits">Askings that it answered.</param>
/// <param name="Misses">Askings that had to go further down.</param>
public readonly record struct CacheCounters(long Used, long Limit, long Hits, long Misses);
