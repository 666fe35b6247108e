using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;

namespace Tessera.Container.Logging;

/// <summary>The log's slots as one endless stream of bytes: maps positions to places on the medium.</summary>
public sealed class LogRing(IMedium medium, ulong[] extents, int extentSlots)
{
    private readonly long extentBytes = (long)extentSlots * Geometry.SlotSize;
    private readonly MirroredLog? mirrored = medium.Parity?.Log;

    public long Length => extentBytes * extents.Length;

    public int ExtentSlots => extentSlots;

    public ReadOnlySpan<ulong> Extents => extents;

    /// <summary>Copies of each slot.</summary>
    public int Mirrors => mirrored?.Mirrors ?? 1;

    /// <summary>Writes whole sectors at a position that is a multiple of 512.</summary>
    public void Write(long position, ReadOnlySpan<byte> data, WriteMode mode)
    {
        while (data.Length > 0)
        {
            int length = (int)Math.Min(data.Length, extentBytes - (position % extentBytes));
            if (mirrored is not null)
            {
                mirrored.Write(Offset(position), data[..length], mode);
            }
            else
            {
                medium.Write(Offset(position), data[..length], mode);
            }

            position += length;
            data = data[length..];
        }
    }

    /// <summary>Reads one of the copies.</summary>
    /// <exception cref="MediumException">That copy cannot be read.</exception>
    public void Read(long position, Span<byte> buffer, int mirror)
    {
        while (buffer.Length > 0)
        {
            int length = (int)Math.Min(buffer.Length, extentBytes - (position % extentBytes));
            if (mirrored is not null)
            {
                mirrored.Read(Offset(position), buffer[..length], mirror);
            }
            else
            {
                medium.Read(Offset(position), buffer[..length]);
            }

            position += length;
            buffer = buffer[length..];
        }
    }

    private long Offset(long position) =>
        SlotAddress.Offset(extents[position / extentBytes % extents.Length]) + (position % extentBytes);
}
