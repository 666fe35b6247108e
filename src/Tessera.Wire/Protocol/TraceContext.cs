using System.Buffers.Binary;
using System.Diagnostics;

namespace Tessera.Wire.Protocol;

/// <summary>The span for which a request is made, at the importer: what a traceparent says (W3C Trace Context, 3.2.2), in its order of bytes.</summary>
/// <param name="TraceId">Not 0.</param>
/// <param name="SpanId">Not 0.</param>
/// <param name="Flags">Bit 0: it is recorded.</param>
internal readonly record struct TraceContext(UInt128 TraceId, ulong SpanId, byte Flags)
{
    /// <summary>16 bytes, 8 bytes, one, and three of zero.</summary>
    public const int Size = 28;

    private const int SpanAt = 16;
    private const int FlagsAt = 24;

    public static TraceContext None => default;

    public bool IsNone => this == None;

    public static TraceContext Of(Activity span)
    {
        Span<byte> bytes = stackalloc byte[FlagsAt];
        span.TraceId.CopyTo(bytes[..SpanAt]);
        span.SpanId.CopyTo(bytes[SpanAt..]);
        return new TraceContext(
            BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[SpanAt..]), (byte)span.ActivityTraceFlags);
    }

    public ActivityContext ToParent()
    {
        Span<byte> bytes = stackalloc byte[FlagsAt];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, TraceId);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[SpanAt..], SpanId);
        return new ActivityContext(ActivityTraceId.CreateFromBytes(bytes[..SpanAt]), ActivitySpanId.CreateFromBytes(bytes[SpanAt..]), (ActivityTraceFlags)Flags, isRemote: true);
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, TraceId);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[SpanAt..], SpanId);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[FlagsAt..], Flags);
    }

    /// <summary>False: it is none.</summary>
    public static bool TryRead(ref WireReader reader, out TraceContext context)
    {
        ReadOnlySpan<byte> bytes = reader.Take(Size);
        context = None;
        if (reader.HasFailed || bytes[(FlagsAt + 1)..].ContainsAnyExcept((byte)0))
        {
            return false;
        }

        context = new TraceContext(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[SpanAt..]), bytes[FlagsAt]);
        return context.TraceId != 0 && context.SpanId != 0;
    }
}
