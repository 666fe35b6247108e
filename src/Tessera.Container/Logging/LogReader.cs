using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container.Logging;

/// <summary>Reads records one after the other, and tells the end of the log from a hole in it (docs/format/container.md, Replay).</summary>
public sealed class LogReader
{
    /// <summary>Slots that are read at once in the search beyond the end: 1 MiB.</summary>
    private const int WindowSlots = 256;

    private readonly LogRing ring;
    private readonly SealingKeys keys;
    private readonly UnitSealer sealer;
    private readonly byte[] headerBytes = new byte[LogRecord.SealedHeader];
    private readonly byte[] bodyContext;
    private readonly byte[] body = new byte[LogRecord.MaxBody + Geometry.TagSize];
    private readonly long limit;
    private SealTag chain;

    public LogReader(LogRing ring, SealingKeys keys, LogStart start)
    {
        this.ring = ring;
        this.keys = keys;
        sealer = keys.Log(start.Session) ?? throw new ContainerFormatException(FormatFault.Damaged, "The log's session is not recorded.");
        bodyContext = new byte[keys.LogBodyContext.Length + Geometry.TagSize];
        keys.LogBodyContext.CopyTo(bodyContext, 0);
        chain = start.Chain;
        Position = start.Position;
        limit = start.Position + ring.Length;
        HighestDurable = start.Position;
    }

    /// <summary>Where the next record is looked for.</summary>
    public long Position { get; private set; }

    /// <summary>The highest durable position any record told of: the log is whole up to there, or damaged.</summary>
    public long HighestDurable { get; private set; }

    /// <summary>The header of the record last read.</summary>
    public LogRecord Current { get; private set; }

    /// <summary>Where the record last read starts.</summary>
    public long CurrentPosition { get; private set; }

    public ReadOnlySpan<byte> Body => body.AsSpan(0, Current.BodyLength);

    /// <summary>Reads the next record; false at the end of what is authentic and in order.</summary>
    public bool TryReadNext()
    {
        if (TryReadAt(Position))
        {
            return true;
        }

        long next = LogRecord.NextSlot(Position);
        return next != Position && TryReadAt(next);
    }

    /// <summary>Looks beyond the end for an authentic header that says the log was durable further on: then the end is a hole.</summary>
    public bool IsHole()
    {
        if (HighestDurable > Position)
        {
            return true;
        }

        long end = LogRecord.NextSlot(Position);
        return HeadersBeyond().Any(record => record.DurablePosition > end);
    }

    /// <summary>The highest commit that an authentic record beyond the end begins with: at least so many are missing. 0 when there is none.</summary>
    public ulong LastSequenceBeyond() => HeadersBeyond().Select(static record => record.FirstSequence).DefaultIfEmpty().Max();

    /// <summary>The authentic headers at the beginnings of the slots beyond the end: every opening looks at all of them, so they are read many at a time.</summary>
    private IEnumerable<LogRecord> HeadersBeyond()
    {
        byte[] window = new byte[WindowSlots * Geometry.SlotSize];
        for (long start = LogRecord.NextSlot(Position), read = 0; start < limit; start += ++read % ring.Mirrors == 0 ? window.Length : 0)
        {
            int length = (int)Math.Min(window.Length, limit - start);
            bool isRead = TryRead(start, window.AsSpan(0, length), (int)(read % ring.Mirrors));
            for (int at = 0; at + LogRecord.SealedHeader <= length; at += Geometry.SlotSize)
            {
                if (isRead ? TryOpenHeader(start + at, window.AsSpan(at, LogRecord.SealedHeader), out LogRecord record) : TryReadHeader(start + at, out record))
                {
                    yield return record;
                }
            }
        }
    }

    private bool TryReadAt(long position)
    {
        if (!TryReadHeader(position, out LogRecord record))
        {
            return false;
        }

        int length = record.BodyLength + Geometry.TagSize;
        if (!(TryRead(position + LogRecord.SealedHeader, body.AsSpan(0, length), mirror: 0) && TryOpenBody(position, record, out SealTag newChain)) && !TryMirroredBody(position, record, out newChain))
        {
            return false;
        }

        chain = newChain;
        Current = record;
        CurrentPosition = position;
        Position = position + record.StoredLength;
        HighestDurable = Math.Max(HighestDurable, record.DurablePosition);
        return true;
    }

    /// <summary>Opens the body that was read, in its place.</summary>
    private bool TryOpenBody(long position, LogRecord record, out SealTag newChain)
    {
        chain.Write(bodyContext.AsSpan(keys.LogBodyContext.Length));
        Span<byte> content = body.AsSpan(0, record.BodyLength);
        ReadOnlySpan<byte> tag = body.AsSpan(record.BodyLength, Geometry.TagSize);
        newChain = SealTag.Read(tag);
        return sealer.TryOpen(LogRecord.BodyCounter(position), bodyContext, content, tag, content);
    }

    private bool TryMirroredBody(long position, LogRecord record, out SealTag newChain)
    {
        newChain = default;
        if (ring.Mirrors == 1)
        {
            return false;
        }

        var mirrors = new MirroredRange(ring, position + LogRecord.SealedHeader, record.BodyLength + Geometry.TagSize);
        while (mirrors.TryNext(body))
        {
            if (TryOpenBody(position, record, out newChain))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadHeader(long position, out LogRecord record)
    {
        record = default;
        if (position + LogRecord.SealedHeader > limit)
        {
            return false;
        }

        if (TryRead(position, headerBytes, mirror: 0) && TryOpenHeader(position, headerBytes, out record))
        {
            return true;
        }

        if (ring.Mirrors == 1)
        {
            return false;
        }

        var mirrors = new MirroredRange(ring, position, headerBytes.Length);
        while (mirrors.TryNext(headerBytes))
        {
            if (TryOpenHeader(position, headerBytes, out record))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryOpenHeader(long position, ReadOnlySpan<byte> stored, out LogRecord record)
    {
        record = default;
        if (!stored.ContainsAnyExcept((byte)0))
        {
            return false; // Never written: the greater part of a young log.
        }

        Span<byte> plain = stackalloc byte[LogRecord.PlainHeader];
        if (!sealer.TryOpen(LogRecord.HeaderCounter(position), keys.LogHeaderContext, stored[..LogRecord.PlainHeader], stored[LogRecord.PlainHeader..], plain))
        {
            return false;
        }

        record = LogRecord.Decode(plain);
        return record.BodyLength is > 0 and <= LogRecord.MaxBody && position + record.StoredLength <= limit;
    }

    private bool TryRead(long position, Span<byte> buffer, int mirror)
    {
        try
        {
            ring.Read(position, buffer, mirror);
            return true;
        }
        catch (MediumException)
        {
            return false; // An unreadable place ends the log like an unauthentic one; IsHole decides whether that is damage.
        }
    }
}
