using System.Buffers.Binary;

namespace Tessera.Wire.Protocol;

/// <summary>The first 16 bytes of every frame.</summary>
/// <param name="Length">Of the whole frame, bytes; the message it came in is exactly so long.</param>
/// <param name="Type">What it is.</param>
/// <param name="Steps">Of a request: steps asked; of a reply: steps done; otherwise 0.</param>
/// <param name="Id">Of a request and its reply, see <see cref="RequestId"/>; otherwise 0.</param>
public readonly record struct FrameHeader(int Length, FrameType Type, int Steps, ulong Id)
{
    public const int Size = 16;

    public void Write(Span<byte> frame)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, Length);
        frame[4] = (byte)Type;
        frame[5] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], (ushort)Steps);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], Id);
    }

    /// <summary>False: not a frame of this protocol, or one that lies about its length.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out FrameHeader header)
    {
        header = default;
        if (frame.Length < Size || BinaryPrimitives.ReadInt32LittleEndian(frame) != frame.Length || frame[5] != 0)
        {
            return false;
        }

        header = new FrameHeader(
            frame.Length, (FrameType)frame[4], BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]), BinaryPrimitives.ReadUInt64LittleEndian(frame[8..]));
        bool counts = header.Type is FrameType.Request or FrameType.Reply;
        return counts || (header.Steps == 0 && header.Id == 0);
    }
}
