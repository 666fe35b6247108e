using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>What statfs(2) tells, on the wire. Pure.</summary>
internal static class StatisticsCodec
{
    public const int Size = 44;

    public static void Write(Span<byte> body, in FileSystemStatistics statistics)
    {
        var writer = new WireWriter(body);
        writer.UInt32(statistics.BlockSize);
        writer.UInt64(statistics.Blocks);
        writer.UInt64(statistics.FreeBlocks);
        writer.UInt64(statistics.AvailableBlocks);
        writer.UInt64(statistics.Files);
        writer.UInt64(statistics.FreeFiles);
    }

    public static FileSystemStatistics Read(ref WireReader reader) =>
        new(reader.UInt32(), reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.UInt64());
}
