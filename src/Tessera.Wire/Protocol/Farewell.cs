using System.Text;

namespace Tessera.Wire.Protocol;

/// <summary>Why there is no session, or none any more: a REFUSED or a GOODBYE.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Text">For people; at most <see cref="WireLimits.MaxText"/> bytes.</param>
public sealed record Farewell(FarewellReason Reason, string Text)
{
    /// <param name="type"><see cref="FrameType.Refused"/> or <see cref="FrameType.Goodbye"/>.</param>
    public byte[] Encode(FrameType type)
    {
        byte[] text = Encoding.UTF8.GetBytes(Text);
        text = text.Length <= WireLimits.MaxText ? text : text[..WireLimits.MaxText];
        byte[] frame = new byte[FrameHeader.Size + 4 + text.Length];
        new FrameHeader(frame.Length, type, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        writer.UInt16((ushort)Reason);
        writer.Text(text);
        return frame;
    }

    /// <summary>Null: it is neither. Of the text, what a terminal would take for commands becomes '?'.</summary>
    public static Farewell? Decode(ReadOnlySpan<byte> frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type is not (FrameType.Refused or FrameType.Goodbye))
        {
            return null;
        }

        var reader = new WireReader(frame[FrameHeader.Size..]);
        var reason = (FarewellReason)reader.UInt16();
        ReadOnlySpan<byte> text = reader.Text();
        return reader.IsComplete && text.Length <= WireLimits.MaxText ? new Farewell(reason, Harmless(Encoding.UTF8.GetString(text))) : null;
    }

    private static string Harmless(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
}
