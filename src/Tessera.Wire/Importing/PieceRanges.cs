using System.Runtime.CompilerServices;

namespace Tessera.Wire.Importing;

/// <summary>Where the pieces of a file lie that one request writes.</summary>
internal struct PieceRanges
{
    /// <summary>Of the 8 steps of a request the close of a file needs three for itself: its mode and times, the flush, and the attributes it has then.</summary>
    public const int Most = 5;

    private Places places;

    public int Count { get; private set; }

    /// <summary>Bytes in all of them.</summary>
    public int Length { get; private set; }

    public readonly (ulong Start, ulong End) this[int at] => places[at];

    public void Add(ulong start, int length)
    {
        places[Count++] = (start, start + (ulong)length);
        Length += length;
    }

    [InlineArray(Most)]
    private struct Places
    {
        private (ulong Start, ulong End) first;
    }
}
