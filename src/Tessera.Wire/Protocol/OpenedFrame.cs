using System.Text;

namespace Tessera.Wire.Protocol;

/// <summary>The answer to an <see cref="OpenFrame"/>.</summary>
/// <param name="Status">As in HTTP: 101, come in; 401, 403, 404, 503, as to the request for an upgrade.</param>
/// <param name="Reason">Of a 401 the word that the header "Tessera-Reason" would have; otherwise empty.</param>
public sealed record OpenedFrame(ushort Status, string Reason)
{
    /// <summary>Come in.</summary>
    public const ushort Admitted = 101;

    /// <summary>Longest answer, bytes.</summary>
    public const int MaxSize = FrameHeader.Size + (2 * sizeof(ushort)) + MaxReason;

    private const int MaxReason = 64;

    public byte[] Encode()
    {
        byte[] reason = Encoding.ASCII.GetBytes(Reason);
        byte[] frame = new byte[FrameHeader.Size + (2 * sizeof(ushort)) + reason.Length];
        new FrameHeader(frame.Length, FrameType.Opened, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        writer.UInt16(Status);
        writer.Text(reason);
        return frame;
    }

    /// <summary>Null: it is none.</summary>
    public static OpenedFrame? Decode(ReadOnlySpan<byte> frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type != FrameType.Opened)
        {
            return null;
        }

        var reader = new WireReader(frame[FrameHeader.Size..]);
        ushort status = reader.UInt16();
        ReadOnlySpan<byte> reason = reader.Text();
        return reader.IsComplete && reason.Length <= MaxReason ? new OpenedFrame(status, Encoding.ASCII.GetString(reason)) : null;
    }
}
