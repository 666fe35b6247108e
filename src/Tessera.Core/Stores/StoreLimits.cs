namespace Tessera.Core.Stores;

/// <summary>The limits every store keeps to.</summary>
public static class StoreLimits
{
    /// <summary>Longest key, bytes: a directory key with two hashes and a 255-byte name fits with room to spare.</summary>
    public const int MaxKey = 320;

    /// <summary>Longest value, bytes: a leaf of the tree holds at least three.</summary>
    public const int MaxValue = 8192;

    /// <summary>Longest content of one block, bytes.</summary>
    public const int MaxBlock = 1 << 20;

    /// <summary>Most bytes of one encoded batch: it must fit the log's reserve in one record.</summary>
    public const int MaxBatch = 1 << 18;
}
