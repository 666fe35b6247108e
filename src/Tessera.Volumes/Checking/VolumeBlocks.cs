using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Tells a container's checker and backup which blocks the engine's entries hold, each once.</summary>
/// <remarks>Several extents may lie in one block, but only of one file; entries come in key order, so it is enough to remember one file's blocks.</remarks>
public sealed class VolumeBlocks
{
    private readonly HashSet<ulong> seen = [];
    private ulong file;

    /// <summary>True when the entry refers to a block, whichever others do too.</summary>
    public static bool TryReadBlock(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block)
    {
        bool refers = key.Length == ContentKeys.ExtentLength && key[0] == (byte)KeyTag.Extent && value.Length == Extent.BlockValueLength && value[0] == (byte)ExtentKind.Block;
        block = refers ? BlockReference.Decode(value[1..]) : default;
        return refers;
    }

    /// <summary>True when the entry is the first to name its block.</summary>
    public bool TryGetBlock(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block)
    {
        if (!TryReadBlock(key, value, out block))
        {
            return false;
        }

        ulong ino = BinaryPrimitives.ReadUInt64BigEndian(key[1..]);
        if (ino != file)
        {
            file = ino;
            seen.Clear();
        }

        return seen.Add(block.Address);
    }
}
