using System.Diagnostics;
using Tessera.Container.Media;

namespace Tessera.Host.Metering;

/// <summary>Counts and times every call to the medium beneath, which it owns.</summary>
internal sealed class MeteredMedium : IMedium
{
    private readonly IMedium _inner;
    private readonly CallMeters<DiskCall> _meters;

    public MeteredMedium(IMedium inner, CallMeters<DiskCall> meters)
    {
        _inner = inner;
        _meters = meters;
    }

    public long Length => _inner.Length;

    public int Alignment => _inner.Alignment;

    public bool IsReadOnly => _inner.IsReadOnly;

    public IPartedMedium? Parts => _inner.Parts;

    public long HostFreeBytes => _inner.HostFreeBytes;

    public void Read(long offset, Span<byte> buffer)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.Read(offset, buffer);
            ok = true;
        }
        finally
        {
            _meters.Record(DiskCall.Read, started, ok, buffer.Length);
        }
    }

    /// <summary>Counts as one read: it is one call of the disk's.</summary>
    public void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.ReadEach(offsets, buffer);
            ok = true;
        }
        finally
        {
            _meters.Record(DiskCall.Read, started, ok, buffer.Length);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.Write(offset, data, mode);
            ok = true;
        }
        finally
        {
            _meters.Record(mode == WriteMode.Durable ? DiskCall.DurableWrite : DiskCall.Write, started, ok, data.Length);
        }
    }

    /// <summary>Counts as one write.</summary>
    public void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.WriteEach(offsets, data, mode);
            ok = true;
        }
        finally
        {
            _meters.Record(mode == WriteMode.Durable ? DiskCall.DurableWrite : DiskCall.Write, started, ok, data.Length);
        }
    }

    public void Flush()
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.Flush();
            ok = true;
        }
        finally
        {
            _meters.Record(DiskCall.Flush, started, ok);
        }
    }

    public void Grow(long length)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.Grow(length);
            ok = true;
        }
        finally
        {
            _meters.Record(DiskCall.Grow, started, ok);
        }
    }

    public void Punch(long offset, long length)
    {
        long started = Stopwatch.GetTimestamp();
        bool ok = false;
        try
        {
            _inner.Punch(offset, length);
            ok = true;
        }
        finally
        {
            _meters.Record(DiskCall.Punch, started, ok);
        }
    }

    public void Dispose() => _inner.Dispose();
}
