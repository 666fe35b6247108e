namespace Tessera.Wire.Importing;

/// <summary>Where the reading of a directory has come to: the part of the listing at hand, and the next entry in it.</summary>
internal sealed class RemoteListing(ulong ino)
{
    public ulong Ino => ino;

    public Lock Gate { get; } = new();

    public ListingChunk? Chunk { get; private set; }

    /// <summary>Of the next entry in the chunk.</summary>
    public int Position { get; private set; }

    /// <summary>The cookie after which that entry comes.</summary>
    public ulong Cookie { get; private set; }

    /// <summary>Everything in the chunk was given, and nothing comes after it.</summary>
    public bool IsAtEnd => Chunk is { EndsDirectory: true } chunk && Position >= chunk.Length;

    public bool HasEntries => Chunk is { } chunk && Position < chunk.Length;

    /// <summary>Goes on with a part that begins after a cookie.</summary>
    public void Take(ListingChunk? chunk, ulong after)
    {
        Chunk?.Drop();
        (Chunk, Position, Cookie) = (chunk, 0, after);
    }

    public void Advance(int position, ulong cookie) => (Position, Cookie) = (position, cookie);
}
