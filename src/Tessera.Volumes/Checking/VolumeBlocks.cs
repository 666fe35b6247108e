using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Tells a store's checker and backup which blocks the engine's entries own, each once.</summary>
/// <remarks>The full reference of a block is in the extents that lie in it, and several may: but only of one file, and a file's extents come one
/// after the other in the order of keys. So it is enough to remember those blocks of one file that an extent uses a part of: about 40 bytes for
/// each. One object serves one walk of the keys in order, on one thread at a time.</remarks>
public sealed class VolumeBlocks
{
    /// <summary>A larger set is thrown away with its file: clearing it for each of a million small files would cost more than they do.</summary>
    private const int MaxKept = 1024;
    private HashSet<ulong> seen = [];
    private ulong file;

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
    public bool TryGetBlock(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block)
    {
        if (!TryReadBlock(key, value, out block))
        {
            return false;
        }

        Enter(VolumeKeys.InoOf(key));
        int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(value[^sizeof(int)..]);
        return length == block.Length || seen.Add(block.Address);
    }

    private void Enter(ulong ino)
    {
        if (ino == file)
        {
            return;
        }

        file = ino;
        if (seen.Count > MaxKept)
        {
            seen = [];
        }
        else if (seen.Count > 0)
        {
            seen.Clear();
        }
    }
}
