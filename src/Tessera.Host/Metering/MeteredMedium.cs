using System.Diagnostics;
using Tessera.Container.Media;

namespace Tessera.Host.Metering;

/// <summary>Counts and times every call to the medium beneath, which it owns.</summary>
internal sealed class MeteredMedium(IMedium inner, CallMeters<DiskCall> meters) : MediumDecorator(inner)
{
    public override void Read(long offset, Span<byte> buffer)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.Read(offset, buffer);
            ok = true;
        }
        finally
        {
            meters.Record(DiskCall.Read, started, ok, buffer.Length);
        }
    }

    /// <summary>Counts as one read: it is one call of the disk's.</summary>
    public override void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.ReadEach(offsets, buffer);
            ok = true;
        }
        finally
        {
            meters.Record(DiskCall.Read, started, ok, buffer.Length);
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.Write(offset, data, mode);
            ok = true;
        }
        finally
        {
            meters.Record(mode == WriteMode.Durable ? DiskCall.DurableWrite : DiskCall.Write, started, ok, data.Length);
        }
    }

    /// <summary>Counts as one write.</summary>
    public override void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.WriteEach(offsets, data, mode);
            ok = true;
        }
        finally
        {
            meters.Record(mode == WriteMode.Durable ? DiskCall.DurableWrite : DiskCall.Write, started, ok, data.Length);
        }
    }

    public override void Flush()
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.Flush();
            ok = true;
        }
        finally
        {
            meters.Record(DiskCall.Flush, started, ok);
        }
    }

    public override void Grow(long length)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.Grow(length);
            ok = true;
        }
        finally
        {
            meters.Record(DiskCall.Grow, started, ok);
        }
    }

    public override void Punch(long offset, long length)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            Inner.Punch(offset, length);
            ok = true;
        }
        finally
        {
            meters.Record(DiskCall.Punch, started, ok);
        }
    }
}
