using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Tells a store's checker and backup which blocks the engine's entries own, each once.</summary>
/// <remarks>The full reference of a block is in the extents that lie in it, and several may, of one file or, where it is shared, of many. So every address is
/// remembered, in a bit. Whether two files may use a block is the volume's own check. One object serves one walk, on one thread at a time.</remarks>
public sealed class VolumeBlocks
{
    private readonly AddressSet seen = new();

    /// <summary>True when an entry refers to a block, whichever others do too.</summary>
    public static bool TryReadBlock(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block)
    {
        bool refers = key.Length == ContentKeys.ExtentLength && key[0] == (byte)KeyTag.Extent
            && value.Length == Extent.BlockValueLength && value[0] == (byte)ExtentKind.Block;
        block = refers ? BlockReference.Decode(value[1..]) : default;
        return refers;
    }

    /// <summary>Takes the next entry; true when it is the first to name its block.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="value">The entry's value.</param>
    /// <param name="block">The block; it may make no sense where the entry is damaged.</param>
    public bool TryGetBlock(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block) =>
        TryReadBlock(key, value, out block) && seen.Add(block.Address);
}
