using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes;

/// <summary>Builds the keys of the namespace (docs/format/volume.md). Each returns the key's length.</summary>
internal static class VolumeKeys
{
    public const int InoLength = 9;
    public const int EntryPrefixLength = 17;
    public const int AccessLogChunkLength = 10;

    public static int Volume(Span<byte> key)
    {
        key[0] = (byte)KeyTag.Volume;
        return 1;
    }

    public static int Inode(Span<byte> key, ulong ino) => WithIno(key, KeyTag.Inode, ino);

    public static int Symlink(Span<byte> key, ulong ino) => WithIno(key, KeyTag.Symlink, ino);

    public static int Orphan(Span<byte> key, ulong ino) => WithIno(key, KeyTag.Orphan, ino);

    public static int Truncation(Span<byte> key, ulong ino) => WithIno(key, KeyTag.Truncation, ino);

    public static int Unsettled(Span<byte> key, ulong ino) => WithIno(key, KeyTag.Unsettled, ino);

    /// <exception cref="StoreDamageException">The key is too short to name an inode.</exception>
    public static ulong InoOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt64BigEndian(From(key, 1, InoLength));

    /// <summary>The prefix of all entries of a directory.</summary>
    public static int Entries(Span<byte> key, ulong parent) => WithIno(key, KeyTag.Entry, parent);

    /// <summary>The prefix of the entries at a position: one, unless hashes collide.</summary>
    public static int EntriesAt(Span<byte> key, ulong parent, ulong position)
    {
        WithIno(key, KeyTag.Entry, parent);
        BinaryPrimitives.WriteUInt64BigEndian(key[InoLength..], position);
        return EntryPrefixLength;
    }

    public static int Entry(Span<byte> key, ulong parent, ulong position, ReadOnlySpan<byte> name)
    {
        EntriesAt(key, parent, position);
        name.CopyTo(key[EntryPrefixLength..]);
        return EntryPrefixLength + name.Length;
    }

    /// <exception cref="StoreDamageException">It is no entry's key.</exception>
    public static ulong PositionOf(ReadOnlySpan<byte> entryKey) => BinaryPrimitives.ReadUInt64BigEndian(From(entryKey, InoLength, EntryPrefixLength));

    /// <exception cref="StoreDamageException">It is no entry's key.</exception>
    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> entryKey) => From(entryKey, EntryPrefixLength, EntryPrefixLength + 1);

    /// <summary>The prefix of all extended attributes of an inode.</summary>
    public static int Xattrs(Span<byte> key, ulong ino) => WithIno(key, KeyTag.Xattr, ino);

    /// <summary>A chunk of an extended attribute. Names hold no NUL, so none is a prefix of another's keys.</summary>
    public static int Xattr(Span<byte> key, ulong ino, ReadOnlySpan<byte> name, int chunk)
    {
        WithIno(key, KeyTag.Xattr, ino);
        name.CopyTo(key[InoLength..]);
        key[InoLength + name.Length] = 0;
        key[InoLength + name.Length + 1] = checked((byte)chunk);
        return InoLength + name.Length + 2;
    }

    /// <exception cref="StoreDamageException">It is no attribute's key.</exception>
    public static ReadOnlySpan<byte> XattrNameOf(ReadOnlySpan<byte> key) => From(key, InoLength, InoLength + 2)[..^2];

    public static int AccessLogHead(Span<byte> key)
    {
        key[0] = (byte)KeyTag.AccessLog;
        return 1;
    }

    /// <summary>A chunk of a segment of the access log.</summary>
    public static int AccessLogChunk(Span<byte> key, ulong segment, int chunk)
    {
        WithIno(key, KeyTag.AccessLog, segment);
        key[InoLength] = checked((byte)chunk);
        return AccessLogChunkLength;
    }

    /// <summary>The first key after all those that begin with the prefix: the prefix plus one, in the same length. Prefixes begin with a
    /// tag below 0xFF.</summary>
    public static int After(Span<byte> destination, ReadOnlySpan<byte> prefix)
    {
        prefix.CopyTo(destination);
        int at = prefix.Length - 1;
        while (destination[at] == 0xFF)
        {
            at--;
        }

        destination[at]++;
        return at + 1;
    }

    /// <summary>A key above all those of a tag.</summary>
    public static byte[] AfterTag(byte tag)
    {
        if (tag < byte.MaxValue)
        {
            return [(byte)(tag + 1)];
        }

        byte[] key = new byte[StoreLimits.MaxKey];
        key.AsSpan().Fill(byte.MaxValue);
        return key;
    }

    /// <summary>A key of the store is trusted in nothing, not even its length.</summary>
    private static ReadOnlySpan<byte> From(ReadOnlySpan<byte> key, int start, int least) => key.Length >= least
        ? key[start..]
        : throw new StoreDamageException($"A key of kind {key[0]:x2} has only {key.Length} bytes.");

    private static int WithIno(Span<byte> key, KeyTag tag, ulong ino)
    {
        key[0] = (byte)tag;
        BinaryPrimitives.WriteUInt64BigEndian(key[1..], ino);
        return InoLength;
    }
}
