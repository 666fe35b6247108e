using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Logging;

/// <summary>A range of a log whose slots lie in several places: every content it may have, the likeliest first.</summary>
/// <remarks>Any copy of a slot may be damaged, and only the seal of a whole record tells. Where copies of a piece agree it is most likely that content; the others are tried after it, in
/// bounded number (docs/format/parity.md, The log).</remarks>
internal sealed class MirroredRange
{
    /// <summary>Bytes that are put together for one range at most.</summary>
    private const long MostWork = 1L << 30;
    private readonly int length;
    private readonly List<Piece> pieces = [];
    private readonly long most;
    private long tried;

    public MirroredRange(LogRing ring, long position, int length)
    {
        this.length = length;
        most = Math.Max(ring.Mirrors * ring.Mirrors, MostWork / length);
        for (int at = 0; at < length;)
        {
            int size = (int)Math.Min(length - at, Geometry.SlotSize - ((position + at) % Geometry.SlotSize));
            pieces.Add(new Piece(at, Contents(ring, position + at, size)));
            at += size;
        }
    }

    /// <summary>Puts the next content there may be into the buffer; false when there is none, or enough were tried.</summary>
    public bool TryNext(Span<byte> buffer)
    {
        if (tried == most || pieces.Exists(static piece => piece.Contents.Count == 0) || (tried > 0 && !Advance()))
        {
            return false;
        }

        tried++;
        foreach (Piece piece in pieces)
        {
            piece.Contents[piece.Chosen].CopyTo(buffer[piece.At..length]);
        }

        return true;
    }

    /// <summary>The different contents of a piece, those that most copies have first.</summary>
    private static List<byte[]> Contents(LogRing ring, long position, int size)
    {
        var found = new List<(byte[] Content, int Copies)>();
        for (int mirror = 0; mirror < ring.Mirrors; mirror++)
        {
            byte[] content = new byte[size];
            try
            {
                ring.Read(position, content, mirror);
            }
            catch (MediumException)
            {
                continue; // The others are there for this.
            }

            int known = found.FindIndex(other => other.Content.AsSpan().SequenceEqual(content));
            if (known < 0)
            {
                found.Add((content, 1));
            }
            else
            {
                found[known] = found[known] with { Copies = found[known].Copies + 1 };
            }
        }

        return [.. found.OrderByDescending(static other => other.Copies).Select(static other => other.Content)];
    }

    /// <summary>Counts up: the last piece first.</summary>
    private bool Advance()
    {
        for (int i = pieces.Count - 1; i >= 0; i--)
        {
            if (++pieces[i].Chosen < pieces[i].Contents.Count)
            {
                return true;
            }

            pieces[i].Chosen = 0;
        }

        return false;
    }

    private sealed class Piece(int at, List<byte[]> contents)
    {
        public int At => at;

        public List<byte[]> Contents => contents;

        public int Chosen { get; set; }
    }
}
