using System.Text;

namespace Tessera.Wire.Protocol;

/// <summary>The first frame over TLS without HTTP: what an upgrade's request line and its Authorization say otherwise.</summary>
/// <param name="Path">"/workspaces/NAME" or "/exports/NAME".</param>
/// <param name="Token">Empty: the certificate shown in the handshake counts.</param>
public sealed record OpenFrame(string Path, string Token)
{
    /// <exception cref="InvalidOperationException">It is longer than <see cref="WireLimits.MaxOpen"/>.</exception>
    public byte[] Encode()
    {
        byte[] path = Encoding.UTF8.GetBytes(Path);
        byte[] token = Encoding.UTF8.GetBytes(Token);
        int length = FrameHeader.Size + (2 * sizeof(ushort)) + path.Length + token.Length;
        if (length > WireLimits.MaxOpen)
        {
            throw new InvalidOperationException("Path and token are too long."); // Without them: one is a secret.
        }

        byte[] frame = new byte[length];
        new FrameHeader(length, FrameType.Open, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        writer.Text(path);
        writer.Text(token);
        return frame;
    }

    /// <summary>Null: it is none.</summary>
    public static OpenFrame? Decode(ReadOnlySpan<byte> frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type != FrameType.Open || header.Length > WireLimits.MaxOpen)
        {
            return null;
        }

        var reader = new WireReader(frame[FrameHeader.Size..]);
        ReadOnlySpan<byte> path = reader.Text();
        ReadOnlySpan<byte> token = reader.Text();
        return reader.IsComplete ? new OpenFrame(Encoding.UTF8.GetString(path), Encoding.UTF8.GetString(token)) : null;
    }

    /// <summary>Without the token.</summary>
    public override string ToString() => Path;
}
