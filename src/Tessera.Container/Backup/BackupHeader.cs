using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Crypto;

namespace Tessera.Container.Backup;

/// <summary>The first bytes of a backup file (docs/format/backup.md, Header). The fields are readable by all and sealed against change.</summary>
public sealed record BackupHeader
{
    /// <summary>Encoded size, bytes.</summary>
    public const int Size = 256;
    private const uint Version = 1;

    /// <summary>Of a small container: who knows version 1 only would look for copy B where it is not.</summary>
    private const uint SmallVersion = 2;
    private const int FieldsLength = 144;

    public required SealAlgorithm Algorithm { get; init; }

    public required Guid VolumeId { get; init; }

    /// <summary>Random; the volume remembers it, so that a later one can prove that it descends from this backup.</summary>
    public required Guid Id { get; init; }

    /// <summary>The id of the backup this one builds on; empty when it stands alone.</summary>
    public required Guid BaseId { get; init; }

    /// <summary>What <see cref="BaseId"/> holds, so that this file need not.</summary>
    public required ulong BaseGeneration { get; init; }

    /// <summary>The root this backup holds.</summary>
    public required ulong Generation { get; init; }
    public required ulong Sequence { get; init; }
    public required ulong BlockFloor { get; init; }
    public required uint Groups { get; init; }

    /// <summary>Length of the volume, bytes.</summary>
    public required long VolumeLength { get; init; }
    public required long CreatedSeconds { get; init; }

    /// <summary>Of the volume.</summary>
    public FixedPlaces Places { get; init; }

    public bool IsFull => BaseId == Guid.Empty;

    public string FileName => IsFull ? $"full-{Generation}{BackupCatalog.Extension}" : $"incr-{Generation}{BackupCatalog.Extension}";

    private static ReadOnlySpan<byte> Magic => "TESSBKUP"u8;

    internal void Encode(Span<byte> target, SealingKeys keys)
    {
        target[..Size].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Places.IsSmall ? SmallVersion : Version);
        target[12] = (byte)(IsFull ? 1 : 2);
        target[13] = (byte)Algorithm;
        VolumeId.TryWriteBytes(target[16..], bigEndian: true, out _);
        Id.TryWriteBytes(target[32..], bigEndian: true, out _);
        BaseId.TryWriteBytes(target[48..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(target[64..], BaseGeneration);
        BinaryPrimitives.WriteUInt64LittleEndian(target[72..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(target[80..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[88..], BlockFloor);
        BinaryPrimitives.WriteUInt32LittleEndian(target[96..], Groups);
        BinaryPrimitives.WriteInt64LittleEndian(target[104..], VolumeLength);
        BinaryPrimitives.WriteInt64LittleEndian(target[112..], CreatedSeconds);
        BackupSeal.Write(target[FieldsLength..], SHA256.HashData(target[..FieldsLength]), keys, BackupSeal.Header);
    }

    /// <exception cref="BackupException">These are not the first bytes of a backup that this version can read.</exception>
    internal static BackupHeader Decode(ReadOnlySpan<byte> source, string path)
    {
        if (!source.StartsWith(Magic))
        {
            throw new BackupException(BackupFault.Damaged, $"{path} is no backup, or its beginning is damaged.");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (version is not (Version or SmallVersion))
        {
            throw new BackupException(BackupFault.NewerFormat, $"{path} has backup format version {version}. Use a newer tessera.");
        }

        var header = new BackupHeader
        {
            Algorithm = (SealAlgorithm)source[13],
            VolumeId = new Guid(source.Slice(16, 16), bigEndian: true),
            Id = new Guid(source.Slice(32, 16), bigEndian: true),
            BaseId = new Guid(source.Slice(48, 16), bigEndian: true),
            BaseGeneration = BinaryPrimitives.ReadUInt64LittleEndian(source[64..]),
            Generation = BinaryPrimitives.ReadUInt64LittleEndian(source[72..]),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[80..]),
            BlockFloor = BinaryPrimitives.ReadUInt64LittleEndian(source[88..]),
            Groups = BinaryPrimitives.ReadUInt32LittleEndian(source[96..]),
            VolumeLength = BinaryPrimitives.ReadInt64LittleEndian(source[104..]),
            CreatedSeconds = BinaryPrimitives.ReadInt64LittleEndian(source[112..]),
            Places = new FixedPlaces(version == SmallVersion),
        };
        bool sane = source[13] <= (byte)SealAlgorithm.ChaCha20Poly1305
            && source[12] == (header.IsFull ? 1 : 2)
            && header.Groups is > 0 and <= Geometry.MaxGroups
            && header.VolumeLength >= Geometry.MinVolume && header.VolumeLength <= header.Groups * Geometry.GroupSize
            && header.VolumeLength % Geometry.SlotSize == 0;
        return sane ? header : throw new BackupException(BackupFault.Damaged, $"The header of {path} is damaged.");
    }

    /// <summary>Whether the fields are as they were written under the volume's key.</summary>
    internal static bool IsAuthentic(ReadOnlySpan<byte> source, SealingKeys keys) =>
        BackupSeal.Opens(source[FieldsLength..], SHA256.HashData(source[..FieldsLength]), keys, BackupSeal.Header);
}
