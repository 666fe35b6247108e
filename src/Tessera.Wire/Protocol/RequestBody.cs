namespace Tessera.Wire.Protocol;

/// <summary>What stands in a request between its header and its steps: whose request it is. The exporter need not believe it.</summary>
/// <param name="Uid">User id at the importer.</param>
/// <param name="Gid">Group id at the importer.</param>
/// <param name="Umask">Mode bits that what is made does not get.</param>
internal readonly record struct RequestBody(uint Uid, uint Gid, uint Umask)
{
    /// <summary>With four bytes of zero at its end.</summary>
    public const int Size = 16;

    /// <summary>Where the first step begins in a frame.</summary>
    public const int FirstStep = FrameHeader.Size + Size;

    public void Write(Span<byte> frame)
    {
        var writer = new WireWriter(frame[FrameHeader.Size..]);
        writer.UInt32(Uid);
        writer.UInt32(Gid);
        writer.UInt32(Umask);
        writer.UInt32(0);
    }

    public static bool TryRead(ReadOnlySpan<byte> frame, out RequestBody body)
    {
        var reader = new WireReader(frame[FrameHeader.Size..]);
        body = new RequestBody(reader.UInt32(), reader.UInt32(), reader.UInt32());
        return reader.UInt32() == 0 && !reader.HasFailed;
    }
}
