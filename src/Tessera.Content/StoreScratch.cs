using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>What one operation on the store needs besides its answer: keys, a value, a page, a batch. Rented, so that operations allocate
/// nothing.</summary>
public sealed class StoreScratch
{
    private const int PageBytes = 16 << 10;
    private const int Few = 3;

    /// <summary>For a key, or the lower end of a scan: the longest key's successor is one byte longer.</summary>
    public byte[] Key { get; } = new byte[StoreLimits.MaxKey + 1];

    /// <summary>For a second key, or the upper end of a scan.</summary>
    public byte[] Key2 { get; } = new byte[StoreLimits.MaxKey];

    public byte[] Value { get; } = new byte[StoreLimits.MaxValue];

    public ScanPage Page { get; } = new(PageBytes);

    /// <summary>For who wants only the next entries: a random read needs one extent, and copying a page of them costs more than finding
    /// it.</summary>
    public ScanPage FewEntries { get; } = new(0, Few);

    public StoreBatch Batch { get; } = new();
}
