namespace Tessera.Wire.Protocol;

/// <summary>What stands in a request between its header and its steps: whose request it is. The exporter need not believe it.</summary>
/// <param name="Uid">User id at the importer.</param>
/// <param name="Gid">Group id at the importer.</param>
/// <param name="Umask">Mode bits that what is made does not get.</param>
internal readonly record struct RequestBody(uint Uid, uint Gid, uint Umask)
{
    /// <summary>Without a trace context.</summary>
    public const int Size = 16;

    /// <summary>Where the first step begins in the frame of a request without a trace context.</summary>
    public const int FirstStep = FrameHeader.Size + Size;

    private const uint HasTrace = 1;

    /// <summary>For which span it is made; none where that was not agreed on, or nothing is recorded.</summary>
    public TraceContext Trace { get; init; }

    /// <summary>Where the first step begins in the frame.</summary>
    public int StepsAt => FirstStep + (Trace.IsNone ? 0 : TraceContext.Size);

    public void Write(Span<byte> frame)
    {
        var writer = new WireWriter(frame[FrameHeader.Size..]);
        writer.UInt32(Uid);
        writer.UInt32(Gid);
        writer.UInt32(Umask);
        writer.UInt32(Trace.IsNone ? 0 : HasTrace);
        if (!Trace.IsNone)
        {
            Trace.Write(frame.Slice(FirstStep, TraceContext.Size));
        }
    }

    /// <param name="frame">The request's.</param>
    /// <param name="mayTrace">Both ends named <see cref="WireFeatures.Traces"/>.</param>
    /// <param name="body">What was read.</param>
    /// <returns>False: it is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, bool mayTrace, out RequestBody body)
    {
        var reader = new WireReader(frame[FrameHeader.Size..]);
        body = new RequestBody(reader.UInt32(), reader.UInt32(), reader.UInt32());
        uint flags = reader.UInt32();
        if (flags != HasTrace || !mayTrace)
        {
            return flags == 0 && !reader.HasFailed;
        }

        bool isValid = TraceContext.TryRead(ref reader, out TraceContext trace);
        body = body with { Trace = trace };
        return isValid;
    }
}
