using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;

namespace Tessera.Container.Logging;

/// <summary>The log's slots as one endless stream of bytes: maps positions to places on the medium.</summary>
public sealed class LogRing
{
    private readonly IMedium medium;
    private readonly MirroredLog? mirrored;
    private readonly long extentBytes;
    private IMedium appending;
    private volatile ulong[] places;

    public LogRing(IMedium medium, ulong[] extents, int extentSlots)
    {
        this.medium = medium;
        mirrored = medium.Parity?.Log;
        extentBytes = (long)extentSlots * Geometry.SlotSize;
        appending = medium;
        places = extents;
        ExtentSlots = extentSlots;
    }

    public long Length => extentBytes * places.Length;

    public int ExtentSlots { get; }

    public ReadOnlySpan<ulong> Extents => places;

    /// <summary>Copies of each slot.</summary>
    public int Mirrors => mirrored?.Mirrors ?? 1;

    /// <summary>What is appended goes out among decoys from now on, a slot at a time, and once. Not in a container with parity.</summary>
    internal bool HidesAppends => !ReferenceEquals(appending, medium);

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
                (mode == WriteMode.Cached ? appending : medium).Write(Offset(position), data[..length], mode);
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

    /// <summary>Has everything appended written through this from now on, where the ring writes to the medium itself.</summary>
    internal void Hide(IMedium decoys) => appending = mirrored is null ? decoys : medium;

    /// <summary>Extents in others' places, as many, from now on. Those that are written or may still be read are the same.</summary>
    internal void Move(ulong[]? extents) => places = extents ?? places;

    private long Offset(long position)
    {
        ulong[] seen = places;
        return SlotAddress.Offset(seen[position / extentBytes % seen.Length]) + (position % extentBytes);
    }
}
