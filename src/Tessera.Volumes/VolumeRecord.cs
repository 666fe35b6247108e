using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Volumes;

/// <summary>The volume's own record, little-endian: format u32, incompatible features u32, read-only-compatible u32, compatible u32,
/// next inode number u64, inodes in use i64, created (ns since 1970) i64, 24 reserved bytes.</summary>
internal struct VolumeRecord
{
    public const int Size = 64;
    public const uint CurrentFormat = 1;
    public const int NextInodeOffset = 16;
    public const int InodesOffset = 24;

    /// <summary>Of read-only-compatible and, in its upper half, compatible features.</summary>
    public const int FeaturesOffset = 8;

    /// <summary>Compatible feature: there is an access log. A program that does not know it leaves its keys alone.</summary>
    public const uint AccessLogFeature = 1;

    /// <summary>Inode numbers below belong to the volume itself; 1 is the root.</summary>
    public const ulong FirstInode = 16;

    public uint Format;
    public uint IncompatibleFeatures;
    public uint ReadOnlyFeatures;
    public uint CompatibleFeatures;
    public ulong NextInode;
    public long Inodes;
    public long CreatedNs;

    public readonly void Encode(Span<byte> value)
    {
        value[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(value, Format);
        BinaryPrimitives.WriteUInt32LittleEndian(value[4..], IncompatibleFeatures);
        BinaryPrimitives.WriteUInt32LittleEndian(value[8..], ReadOnlyFeatures);
        BinaryPrimitives.WriteUInt32LittleEndian(value[12..], CompatibleFeatures);
        BinaryPrimitives.WriteUInt64LittleEndian(value[NextInodeOffset..], NextInode);
        BinaryPrimitives.WriteInt64LittleEndian(value[InodesOffset..], Inodes);
        BinaryPrimitives.WriteInt64LittleEndian(value[32..], CreatedNs);
    }

    public static VolumeRecord Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length != Size)
        {
            throw new StoreDamageException("The volume's record is malformed.");
        }

        return new VolumeRecord
        {
            Format = BinaryPrimitives.ReadUInt32LittleEndian(value),
            IncompatibleFeatures = BinaryPrimitives.ReadUInt32LittleEndian(value[4..]),
            ReadOnlyFeatures = BinaryPrimitives.ReadUInt32LittleEndian(value[8..]),
            CompatibleFeatures = BinaryPrimitives.ReadUInt32LittleEndian(value[12..]),
            NextInode = BinaryPrimitives.ReadUInt64LittleEndian(value[NextInodeOffset..]),
            Inodes = BinaryPrimitives.ReadInt64LittleEndian(value[InodesOffset..]),
            CreatedNs = BinaryPrimitives.ReadInt64LittleEndian(value[32..]),
        };
    }
}
