namespace Tessera.Wire.Protocol;

/// <summary>The session has begun, or goes on.</summary>
/// <param name="Version">Spoken from here on.</param>
/// <param name="Grace">How long the session outlives a lost connection.</param>
/// <param name="Features">Those of the HELLO that the session has.</param>
/// <param name="Session">To be named when the connection is made anew.</param>
public sealed record Welcome(ushort Version, TimeSpan Grace, WireFeatures Features, SessionKey Session)
{
    public const int Size = FrameHeader.Size + 2 + 2 + 4 + 8 + SessionKey.Size;

    private const ushort ReadOnlyFlag = 1;

    /// <summary>Of an exporter: it answers every change EROFS.</summary>
    public bool ReadOnly { get; init; }

    public byte[] Encode()
    {
        byte[] frame = new byte[Size];
        new FrameHeader(Size, FrameType.Welcome, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        writer.UInt16(Version);
        writer.UInt16(ReadOnly ? ReadOnlyFlag : (ushort)0);
        writer.UInt32((uint)Grace.TotalMilliseconds);
        writer.UInt64((ulong)Features);
        writer.Raw(Session.Bytes);
        return frame;
    }

    /// <summary>Null: it is none.</summary>
    public static Welcome? Decode(ReadOnlySpan<byte> frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type != FrameType.Welcome)
        {
            return null;
        }

        var reader = new WireReader(frame[FrameHeader.Size..]);
        ushort version = reader.UInt16();
        ushort flags = reader.UInt16();
        var grace = TimeSpan.FromMilliseconds(reader.UInt32());
        var features = (WireFeatures)reader.UInt64();
        ReadOnlySpan<byte> session = reader.Take(SessionKey.Size);
        return reader.IsComplete && flags <= ReadOnlyFlag ? new Welcome(version, grace, features, SessionKey.From(session)) { ReadOnly = flags != 0 } : null;
    }
}
