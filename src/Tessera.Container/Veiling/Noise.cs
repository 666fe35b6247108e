using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Veiling;

/// <summary>Random bytes, as sealed ones look, and telling them from others.</summary>
public static class Noise
{
    /// <summary>Most often that one byte value occurs in 4096 random bytes: 16 are expected, and this is 16 standard deviations more.</summary>
    private const int MostOfOneValue = 80;
    private const int ChunkLength = 1 << 20;

    /// <summary>Whether a page could be random bytes. A few pages of programs and archives could be, too; text, zeros and headers never.</summary>
    public static bool IsPlausible(ReadOnlySpan<byte> page)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte value in page[..Geometry.SlotSize])
        {
            counts[value]++;
        }

        foreach (int count in counts)
        {
            if (count > MostOfOneValue)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Fills a range of the medium.</summary>
    /// <param name="medium">Long enough.</param>
    /// <param name="from">Where it begins, bytes.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; what it throws ends the filling.</param>
    internal static void Fill(IMedium medium, long from, long to, Action<double>? progress)
    {
        using var stream = new NoiseStream();
        var chunk = new AlignedBuffer(ChunkLength);
        for (long at = from; at < to; at += ChunkLength)
        {
            Span<byte> part = chunk.Span[..(int)Math.Min(ChunkLength, to - at)];
            stream.Fill(part);
            medium.Write(at, part, WriteMode.Direct);
            progress?.Invoke((at + part.Length - from) / (double)(to - from));
        }
    }
}
