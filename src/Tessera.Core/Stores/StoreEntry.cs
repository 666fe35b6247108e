namespace Tessera.Core.Stores;

/// <summary>The answer of a get. <see cref="Version"/> is the commit sequence that last wrote the key, 0 when it is absent.</summary>
/// <param name="Found">Whether the key exists.</param>
/// <param name="Length">The value's length; the destination holds the value when it is at least that long, otherwise nothing was copied.</param>
/// <param name="Version">The version a batch may check.</param>
public readonly record struct StoreEntry(bool Found, int Length, ulong Version);
