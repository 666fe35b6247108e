using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Veiling;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container.Logging;

/// <summary>Appends records and makes them durable. Calls to <see cref="Append"/> come one at a time (the log lock).</summary>
public sealed class LogWriter
{
    /// <summary>The undurable tail kept in memory, to be written again durably in one go; a longer one takes a flush of the medium instead.</summary>
    private const int MaxTail = 2 * LogRecord.MaxBody;

    /// <summary>Longest tail a durable write is tried with; beyond, a flush is as quick.</summary>
    private const int MaxDurableWrite = 256 * 1024;
    private readonly LogRing ring;
    private readonly SealingKeys keys;
    private readonly UnitSealer sealer;
    private readonly AlignedBuffer tail = new(MaxTail + LogRecord.MaxBody + (2 * Geometry.SlotSize));
    private readonly AlignedBuffer durableCopy = new(MaxDurableWrite);
    private readonly byte[] bodyContext;
    private readonly long firstPosition;
    private readonly bool recordsTakeSlots;
    private SealTag chain;
    private long records;

    /// <summary>Position of the first byte of the tail buffer: a multiple of the slot size.</summary>
    private long tailStart;

    /// <param name="ring">Where the log lies.</param>
    /// <param name="keys">What seals it.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="recordsTakeSlots">Each record begins a slot, so that no slot is written twice for two records.</param>
    public LogWriter(LogRing ring, SealingKeys keys, LogStart start, bool recordsTakeSlots)
    {
        this.ring = ring;
        this.keys = keys;
        sealer = keys.Log(start.Session) ?? throw new ContainerFormatException(FormatFault.Damaged, "The log's session is not recorded.");
        bodyContext = new byte[keys.LogBodyContext.Length + Geometry.TagSize];
        keys.LogBodyContext.CopyTo(bodyContext, 0);
        chain = start.Chain;
        Position = start.Position;
        firstPosition = start.Position;
        DurablePosition = start.Position;
        tailStart = start.Position;
        this.recordsTakeSlots = recordsTakeSlots;
        Session = start.Session;
    }

    public uint Session { get; }

    /// <summary>Where the next record starts.</summary>
    public long Position { get; private set; }

    /// <summary>Every record before it is known durable; a multiple of the slot size.</summary>
    public long DurablePosition { get; private set; }

    /// <summary>Records appended by this writer. Any thread may ask.</summary>
    public long Records => Volatile.Read(ref records);

    /// <summary>Bytes of the log this writer has gone through.</summary>
    public long AppendedBytes => Position - firstPosition;

    public long RingBytes => ring.Length;

    /// <summary>Bytes of the ring that may be in use for more commits to be let in. The rest is for those that were let in already: a quarter, and more of the short
    /// ring that a small container has.</summary>
    public long AdmittingBytes => ring.Length - Math.Max(ring.Length / 4, Math.Min(ring.Length / 2, LogRecord.MaxBody));

    public ReadOnlySpan<ulong> Extents => ring.Extents;

    public int ExtentSlots => ring.ExtentSlots;

    /// <summary>The ring's extents are these from now on; null: as they were.</summary>
    public void Move(ulong[]? extents) => ring.Move(extents);

    public LogStart StartHere() => new(Position, Session, chain, ring.ExtentSlots, ring.Extents.Length);

    /// <summary>Seals one record and hands it to the host: it survives the end of this process.</summary>
    public void Append(StagedCommits staged, ulong rootGeneration)
    {
        ReadOnlySpan<byte> body = staged.Body;
        var record = new LogRecord(body.Length, staged.FirstSequence, DurablePosition, rootGeneration);
        EnsureTail(record.StoredLength);
        int at = (int)(Position - tailStart);
        Span<byte> target = tail.Span.Slice(at, record.StoredLength);
        Unused.Fill(target[(record.StoredLength - LogRecord.Alignment)..], keys.HidesUnused); // Records end at multiples of that: the rest is padding.
        record.Encode(target);
        Span<byte> header = target[..LogRecord.PlainHeader];
        sealer.Seal(LogRecord.HeaderCounter(Position), keys.LogHeaderContext, header, header, target.Slice(LogRecord.PlainHeader, Geometry.TagSize));

        Span<byte> tag = target.Slice(LogRecord.SealedHeader + body.Length, Geometry.TagSize);
        chain.Write(bodyContext.AsSpan(keys.LogBodyContext.Length));
        sealer.Seal(LogRecord.BodyCounter(Position), bodyContext, body, target.Slice(LogRecord.SealedHeader, body.Length), tag);
        chain = SealTag.Read(tag);

        WriteSectors(Position, Position + record.StoredLength);
        Position = recordsTakeSlots ? LogRecord.NextSlot(Position + record.StoredLength) : Position + record.StoredLength;
        Volatile.Write(ref records, records + 1);
    }

    /// <summary>Ends the sector: the next record starts in a fresh one, and what is here may be made durable. Under the log lock.</summary>
    /// <param name="flushNeeded">Blocks were written that the records name: only a flush of the medium covers them.</param>
    public PendingDurability BeginDurable(bool flushNeeded)
    {
        long end = Position;
        Position = LogRecord.NextSlot(end);
        long length = Position - DurablePosition;
        if (flushNeeded || (ring.HidesAppends && length > 0) || DurablePosition < tailStart || length > MaxDurableWrite)
        {
            return new PendingDurability(DurablePosition, Position, Flush: true);
        }

        int written = (int)(end - DurablePosition);
        tail.Span.Slice((int)(DurablePosition - tailStart), written).CopyTo(durableCopy.Span);
        Unused.Fill(durableCopy.Span[written..(int)length], keys.HidesUnused);
        return new PendingDurability(DurablePosition, Position, Flush: false);
    }

    /// <summary>Does what <see cref="BeginDurable"/> prepared; under the durable lock, while appends go on.</summary>
    public void MakeDurable(PendingDurability pending, IMedium medium)
    {
        if (pending.Flush)
        {
            medium.Flush();
        }
        else if (pending.End > pending.Start)
        {
            ring.Write(pending.Start, durableCopy.Span[..(int)(pending.End - pending.Start)], WriteMode.Durable);
        }
    }

    /// <summary>Notes what is durable now; under the log lock.</summary>
    public void EndDurable(PendingDurability pending) => DurablePosition = Math.Max(DurablePosition, pending.End);

    private void EnsureTail(int length)
    {
        if (Position - tailStart + length + Geometry.SlotSize <= tail.Length)
        {
            return;
        }

        // What is durable goes. If the rest is still too long, only the sector under way stays, and the next sync flushes the medium.
        long keepFrom = Math.Max(tailStart, DurablePosition);
        if (Position - keepFrom + length + Geometry.SlotSize > tail.Length)
        {
            keepFrom = Position & ~(long)(Geometry.SlotSize - 1);
        }

        tail.Span[(int)(keepFrom - tailStart)..(int)(Position - tailStart)].CopyTo(tail.Span);
        tailStart = keepFrom;
    }

    private void WriteSectors(long from, long to)
    {
        const int Sector = 512;
        long start = from & ~(long)(Sector - 1);
        long end = (to + Sector - 1) & ~(long)(Sector - 1);

        // The first write to a page takes the whole of it: a part would make the host read the rest first.
        end = ((to - 1) & ~(long)(Geometry.SlotSize - 1)) >= start ? LogRecord.NextSlot(to) : end;
        Unused.Fill(tail.Span[(int)(to - tailStart)..(int)(end - tailStart)], keys.HidesUnused);
        ring.Write(start, tail.Span[(int)(start - tailStart)..(int)(end - tailStart)], WriteMode.Cached);
    }
}
