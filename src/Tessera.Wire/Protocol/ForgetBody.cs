namespace Tessera.Wire.Protocol;

/// <summary>The data of a FORGET step: inode u64, times u32, one after the other.</summary>
internal static class ForgetBody
{
    private const int Entry = sizeof(ulong) + sizeof(uint);

    /// <summary>Bytes that so many inodes take.</summary>
    public static int LengthOf(int inodes) => inodes * Entry;

    /// <summary>Writes them; their length.</summary>
    public static int Write(Span<byte> data, ReadOnlySpan<(ulong Ino, uint Times)> forgotten)
    {
        var writer = new WireWriter(data);
        foreach ((ulong ino, uint times) in forgotten)
        {
            writer.UInt64(ino);
            writer.UInt32(times);
        }

        return writer.Position;
    }
}
