using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Tessera.Crypto;

/// <summary>A view of one slot's bytes in the key header: reads and writes fields, checks nothing.</summary>
/// <remarks>1,792 bytes leave room for what later kinds need, such as a ciphertext of ML-KEM-1024 (1,568 bytes).</remarks>
internal readonly ref struct KeySlot(Span<byte> bytes)
{
    public const int Size = 1792;
    public const int MaxNameLength = 64;
    public const int KnownEnd = NameAt + MaxNameLength;

    public const byte Empty = 0;
    public const byte Active = 1;
    public const byte KdfArgon2id = 1;
    public const byte KdfHkdf = 2;

    private const int KindAt = 1;
    private const int NameLengthAt = 2;
    private const int KeyEpochAt = 4;
    private const int CreatedAt = 8;
    private const int MemoryAt = 16;
    private const int PassesAt = 20;
    private const int LanesAt = 24;
    private const int KdfAt = 28;
    private const int SaltAt = 32;
    private const int WrappedAt = 64;
    private const int NameAt = 128;

    private readonly Span<byte> _bytes = bytes;

    public Span<byte> Bytes => _bytes;

    public byte State { get => _bytes[0]; set => _bytes[0] = value; }

    public KeySlotKind Kind { get => (KeySlotKind)_bytes[KindAt]; set => _bytes[KindAt] = (byte)value; }

    public int NameLength => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[NameLengthAt..]);

    public uint KeyEpoch { get => Read32(KeyEpochAt); set => Write32(KeyEpochAt, value); }

    /// <summary>Seconds since 1970 UTC.</summary>
    public long Created
    {
        get => BinaryPrimitives.ReadInt64LittleEndian(_bytes[CreatedAt..]);
        set => BinaryPrimitives.WriteInt64LittleEndian(_bytes[CreatedAt..], value);
    }

    /// <summary>All zero unless <see cref="Kdf"/> is <see cref="KdfArgon2id"/>. Values beyond int read as negative, beyond every limit.</summary>
    public Argon2Parameters Argon2
    {
        get => new((int)Read32(MemoryAt), (int)Read32(PassesAt), (int)Read32(LanesAt));
        set
        {
            Write32(MemoryAt, (uint)value.MemoryKiB);
            Write32(PassesAt, (uint)value.Passes);
            Write32(LanesAt, (uint)value.Lanes);
        }
    }

    public byte Kdf { get => _bytes[KdfAt]; set => _bytes[KdfAt] = value; }

    public Span<byte> Reserved => _bytes[(KdfAt + 1)..SaltAt];

    public Span<byte> Salt => _bytes.Slice(SaltAt, KeyDerivation.SaltSize);

    public Span<byte> Wrapped => _bytes.Slice(WrappedAt, WrappedKey.Size);

    public Span<byte> WrappedPadding => _bytes[(WrappedAt + WrappedKey.Size)..NameAt];

    public Span<byte> NameField => _bytes.Slice(NameAt, MaxNameLength);

    /// <summary>What only some kinds have.</summary>
    public Span<byte> Extra => _bytes[KnownEnd..];

    /// <summary>Of a slot of kind FIDO2 that has passed the checks.</summary>
    public Fido2Credential Fido2 => Fido2Credential.TryRead(Extra, out Fido2Credential? credential) ? credential : throw new InvalidOperationException("The slot was not checked.");

    public ReadOnlySpan<byte> NameBytes => NameField[..NameLength];

    /// <summary>Writes a name that <see cref="IsPrintable"/> has passed.</summary>
    public void SetName(ReadOnlySpan<byte> utf8)
    {
        NameField.Clear();
        utf8.CopyTo(NameField);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes[NameLengthAt..], (ushort)utf8.Length);
    }

    /// <summary>Whether a name is valid UTF-8 that cannot move a terminal's cursor or reverse its text.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> utf8)
    {
        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out Rune rune, out int length) != OperationStatus.Done
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator)
            {
                return false;
            }

            utf8 = utf8[length..];
        }

        return true;
    }

    private uint Read32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]);

    private void Write32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[at..], value);
}
