using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>A part of a directory's listing as the exporter sent it, checked entry by entry when it came.</summary>
internal sealed class ListingChunk
{
    private readonly byte[] entries;
    private readonly KnownInodes inodes;

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
            if (entry.IsReference)
            {
                inodes.ToldPinned(entry.Attributes.Ino);
            }
        }

        return chunk;
    }

    /// <summary>The entry at a position, which moves behind it; false at the end.</summary>
    public bool TryReadAt(ref int position, out ListedEntry entry)
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

    /// <summary>The chunk is needed no more.</summary>
    public void Drop()
    {
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
