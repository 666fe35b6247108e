using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Namespace;

/// <summary>What a directory entry says: little-endian child ino u64, type u8 (the mode's type bits >> 12), ordinal u8 among names at the same position.</summary>
internal readonly record struct EntryRecord(ulong Ino, byte Type, byte Ordinal)
{
    public const int Size = 10;
    private const byte DirectoryType = 4;

    public bool IsDirectory => Type == DirectoryType;

    public static byte TypeOf(uint mode) => (byte)(mode >> 12);

    public uint Mode => (uint)Type << 12;

    public void Encode(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value, Ino);
        value[8] = Type;
        value[9] = Ordinal;
    }

    public static EntryRecord Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length != Size || value[9] >= VolumeLimits.MaxTies)
        {
            throw new StoreDamageException("A directory entry's record is malformed.");
        }

        return new EntryRecord(BinaryPrimitives.ReadUInt64LittleEndian(value), value[8], value[9]);
    }
}
