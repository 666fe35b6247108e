using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container.Logging;

/// <summary>Reads records one after the other, and tells the end of the log from a hole in it (docs/format/container.md, Replay).</summary>
public sealed class LogReader
{
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

        for (long position = LogRecord.NextSlot(Position); position + LogRecord.SealedHeader <= limit; position += Geometry.SlotSize)
        {
            if (TryReadHeader(position, out LogRecord record) && record.DurablePosition > LogRecord.NextSlot(Position))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The highest commit that an authentic record beyond the end begins with: at least so many are missing. 0 when there is none.</summary>
    public ulong LastSequenceBeyond()
    {
        ulong last = 0;
        for (long position = LogRecord.NextSlot(Position); position + LogRecord.SealedHeader <= limit; position += Geometry.SlotSize)
        {
            last = TryReadHeader(position, out LogRecord record) ? Math.Max(last, record.FirstSequence) : last;
        }

        return last;
    }

    private bool TryReadAt(long position)
    {
        if (!TryReadHeader(position, out LogRecord record))
        {
            return false;
        }

        Span<byte> stored = body.AsSpan(0, record.BodyLength + Geometry.TagSize);
        if (!TryRead(position + LogRecord.SealedHeader, stored))
        {
            return false;
        }

        chain.Write(bodyContext.AsSpan(keys.LogBodyContext.Length));
        Span<byte> content = stored[..record.BodyLength];
        ReadOnlySpan<byte> tag = stored[record.BodyLength..];
        SealTag newChain = SealTag.Read(tag);
        if (!sealer.TryOpen(LogRecord.BodyCounter(position), bodyContext, content, tag, content))
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

    private bool TryReadHeader(long position, out LogRecord record)
    {
        record = default;
        if (position + LogRecord.SealedHeader > limit || !TryRead(position, headerBytes))
        {
            return false;
        }

        Span<byte> plain = stackalloc byte[LogRecord.PlainHeader];
        if (!sealer.TryOpen(LogRecord.HeaderCounter(position), keys.LogHeaderContext, headerBytes.AsSpan(0, LogRecord.PlainHeader), headerBytes.AsSpan(LogRecord.PlainHeader), plain))
        {
            return false;
        }

        record = LogRecord.Decode(plain);
        return record.BodyLength is > 0 and <= LogRecord.MaxBody && position + record.StoredLength <= limit;
    }

    private bool TryRead(long position, Span<byte> buffer)
    {
        try
        {
            ring.Read(position, buffer);
            return true;
        }
        catch (MediumException)
        {
            return false; // An unreadable place ends the log like an unauthentic one; IsHole decides whether that is damage.
        }
    }
}
