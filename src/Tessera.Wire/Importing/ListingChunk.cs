using System.Numerics;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>A part of a directory's listing as the exporter sent it, checked entry by entry when it came. Lent to several: who reads the directory, and what is known of it.</summary>
internal sealed class ListingChunk
{
    private readonly byte[] entries;
    private readonly KnownInodes inodes;
    private int[]? index;
    private int holders = 1;

    private ListingChunk(byte[] entries, bool endsDirectory, KnownInodes inodes)
    {
        this.entries = entries;
        this.inodes = inodes;
        EndsDirectory = endsDirectory;
    }

    /// <summary>Nothing comes after its last entry.</summary>
    public bool EndsDirectory { get; }

    /// <summary>Bytes of entries.</summary>
    public int Length => entries.Length;

    /// <summary>Bytes of memory, with the index.</summary>
    public int Weight => entries.Length + ((index?.Length ?? 0) * sizeof(int));

    /// <summary>Entries, after <see cref="BuildIndex"/>.</summary>
    public int Names { get; private set; }

    /// <summary>When it was asked for.</summary>
    public Moment Asked { get; private set; }

    /// <summary>The cookie of its last entry; 0: it has none.</summary>
    public ulong LastCookie { get; private set; }

    /// <summary>Null: not a listing, or one with a name that could not be a name. Its inodes are kept known until <see cref="Drop"/>.</summary>
    public static ListingChunk? Read(ReadOnlySpan<byte> body, KnownInodes inodes)
    {
        var reader = new WireReader(body);
        byte ends = reader.Byte();
        var chunk = new ListingChunk(reader.Rest().ToArray(), ends == 1, inodes);
        if (reader.HasFailed || ends > 1 || (ends == 0 && chunk.Length == 0))
        {
            return null; // A part that neither gives anything nor ends would be asked for again and again.
        }

        for (int position = 0; position < chunk.Length;)
        {
            if (!chunk.TryReadAt(ref position, out ListedEntry entry) || !IsName(entry.Name) || entry.Cookie == 0)
            {
                return null;
            }
        }

        // Only a listing without a fault counts: what is told in a false one ends with the session.
        for (int position = 0; chunk.TryReadAt(ref position, out ListedEntry entry);)
        {
            chunk.LastCookie = entry.Cookie;
            if (entry.IsReference)
            {
                inodes.ToldPinned(entry.Attributes.Ino);
            }
        }

        return chunk;
    }

    /// <summary>Of the directory, just before it was listed.</summary>
    public FileVersion Version { get; private set; }

    /// <summary>Says when it was asked for, and of what.</summary>
    public void Date(Moment asked, FileVersion version) => (Asked, Version) = (asked, version);

    /// <summary>Another one needs it, until <see cref="Drop"/>.</summary>
    public ListingChunk Share()
    {
        Interlocked.Increment(ref holders);
        return this;
    }

    /// <summary>Makes names findable.</summary>
    public void BuildIndex()
    {
        int count = 0;
        for (int position = 0; TryReadAt(ref position, out _);)
        {
            count++;
        }

        int[] table = new int[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * count, 2))];
        for (int position = 0, start = 0; TryReadAt(ref position, out ListedEntry entry); start = position)
        {
            int at = NameComparer.Hash(entry.Name) & (table.Length - 1);
            while (table[at] != 0)
            {
                at = (at + 1) & (table.Length - 1);
            }

            table[at] = start + 1;
        }

        (index, Names) = (table, count);
    }

    /// <summary>The entry with a name, after <see cref="BuildIndex"/>.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out ListedEntry entry)
    {
        int mask = index!.Length - 1;
        for (int at = NameComparer.Hash(name) & mask; index[at] != 0; at = (at + 1) & mask)
        {
            int position = index[at] - 1;
            if (TryReadAt(ref position, out entry) && entry.Name.SequenceEqual(name))
            {
                return true;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>The entry at a position, which moves behind it; false at the end.</summary>
    public bool TryReadAt(scoped ref int position, out ListedEntry entry)
    {
        entry = default;
        if (position >= entries.Length)
        {
            return false;
        }

        var reader = new WireReader(entries.AsSpan(position));
        ulong cookie = reader.UInt64();
        ReadOnlySpan<byte> name = reader.Text();
        InodeAttributes attributes = AttributesCodec.Read(ref reader);
        entry = new ListedEntry(name, cookie, attributes);
        position += reader.Position;
        return !reader.HasFailed;
    }

    /// <summary>One of those who had it needs it no more.</summary>
    public void Drop()
    {
        if (Interlocked.Decrement(ref holders) > 0)
        {
            return;
        }

        for (int position = 0; TryReadAt(ref position, out ListedEntry entry);)
        {
            if (entry.IsReference)
            {
                inodes.Unpin(entry.Attributes.Ino);
            }
        }
    }

    private static bool IsName(ReadOnlySpan<byte> name) => name.Length is > 0 and <= FsLimits.MaxName && !name.ContainsAny((byte)'/', (byte)0);
}
