namespace Tessera.Wire.Protocol;

/// <summary>The first frame of whoever connects: what it speaks, what it is, and the session it had.</summary>
/// <param name="Lowest">Lowest version spoken.</param>
/// <param name="Highest">Highest version spoken.</param>
/// <param name="Features">Bits of <see cref="WireFeatures"/>.</param>
/// <param name="ReadOnly">The exporter answers every change EROFS; of an importer: it asks for that.</param>
/// <param name="Session">The session to go on with; <see cref="SessionKey.None"/>: a new one.</param>
public sealed record Hello(ushort Lowest, ushort Highest, WireFeatures Features, bool ReadOnly, SessionKey Session)
{
    public const int Size = FrameHeader.Size + 4 + 2 + 2 + 8 + 4 + SessionKey.Size;

    /// <summary>"TSW1".</summary>
    internal const uint Magic = 0x3157_5354;

    private const byte ReadOnlyFlag = 1;

    /// <summary>What whoever connects is.</summary>
    public WireRole Role { get; init; } = WireRole.Exporter;

    public byte[] Encode()
    {
        byte[] frame = new byte[Size];
        new FrameHeader(Size, FrameType.Hello, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        writer.UInt32(Magic);
        writer.UInt16(Lowest);
        writer.UInt16(Highest);
        writer.UInt64((ulong)Features);
        writer.Byte((byte)Role);
        writer.Byte(ReadOnly ? ReadOnlyFlag : (byte)0);
        writer.UInt16(WireLimits.Slots);
        writer.Raw(Session.Bytes);
        return frame;
    }

    /// <summary>Null: it is none, or one with fewer slots than this version has.</summary>
    public static Hello? Decode(ReadOnlySpan<byte> frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type != FrameType.Hello)
        {
            return null;
        }

        var reader = new WireReader(frame[FrameHeader.Size..]);
        uint magic = reader.UInt32();
        ushort lowest = reader.UInt16();
        ushort highest = reader.UInt16();
        var features = (WireFeatures)reader.UInt64();
        var role = (WireRole)reader.Byte();
        byte flags = reader.Byte();
        ushort slots = reader.UInt16();
        ReadOnlySpan<byte> session = reader.Take(SessionKey.Size);
        bool valid = reader.IsComplete && magic == Magic && role is WireRole.Exporter or WireRole.Importer && flags <= ReadOnlyFlag && slots == WireLimits.Slots && lowest <= highest;
        return valid ? new Hello(lowest, highest, features, flags != 0, SessionKey.From(session)) { Role = role } : null;
    }
}
