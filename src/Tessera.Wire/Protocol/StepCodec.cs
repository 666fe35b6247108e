using System.Buffers.Binary;

namespace Tessera.Wire.Protocol;

/// <summary>Steps to bytes and back: operation u16, zero u16, length of the body u32, body. Pure.</summary>
internal static class StepCodec
{
    public const int HeaderSize = 8;

    /// <summary>Bytes that a step takes, at most: its data and names, and all else it could have.</summary>
    public static int Bound(in Step step) => HeaderSize + 192 + step.Name.Length + step.OtherName.Length + step.Data.Length;

    /// <summary>Writes a step; its length.</summary>
    public static int Write(Span<byte> destination, in Step step)
    {
        StepFields fields = StepTable.Of(step.Operation).Arguments;
        var writer = new WireWriter(destination[HeaderSize..]);
        WriteNumbers(ref writer, step, fields);
        if (fields.HasFlag(StepFields.Changes))
        {
            AttributesCodec.Write(ref writer, step.Changes);
        }

        if (fields.HasFlag(StepFields.Name))
        {
            writer.Text(step.Name.Span);
        }

        if (fields.HasFlag(StepFields.OtherName))
        {
            writer.Text(step.OtherName.Span);
        }

        if (fields.HasFlag(StepFields.Data))
        {
            writer.Raw(step.Data.Span);
        }

        WriteHeader(destination, step.Operation, 0, writer.Position);
        return HeaderSize + writer.Position;
    }

    /// <summary>The 8 bytes before a step's body, or before a result's, where the second word is the errno.</summary>
    public static void WriteHeader(Span<byte> destination, OpCode operation, int error, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)operation);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], (ushort)error);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], length);
    }

    /// <summary>Reads the step that begins at <paramref name="position"/> of a frame and moves there behind it. Names and data are slices of the frame.</summary>
    /// <returns>False: it is none, or does not end where it says.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> frame, ref int position, ref Step step)
    {
        var header = new WireReader(frame.Span[position..]);
        var operation = (OpCode)header.UInt16();
        uint zero = header.UInt16();
        uint length = header.UInt32();
        if (header.HasFailed || zero != 0 || length > (uint)header.Remaining || !StepTable.TryGet(operation, out StepShape shape))
        {
            return false;
        }

        position += HeaderSize;
        ReadOnlyMemory<byte> body = frame.Slice(position, (int)length);
        position += (int)length;
        step = new Step { Operation = operation };
        return TryReadBody(body, shape.Arguments, ref step);
    }

    private static bool TryReadBody(ReadOnlyMemory<byte> body, StepFields fields, ref Step step)
    {
        var reader = new WireReader(body.Span);
        ReadNumbers(ref reader, fields, ref step);
        if (fields.HasFlag(StepFields.Changes))
        {
            step.Changes = AttributesCodec.ReadChanges(ref reader);
        }

        if (fields.HasFlag(StepFields.Name))
        {
            step.Name = ReadText(body, ref reader);
        }

        if (fields.HasFlag(StepFields.OtherName))
        {
            step.OtherName = ReadText(body, ref reader);
        }

        if (fields.HasFlag(StepFields.Data))
        {
            step.Data = body[^reader.Rest().Length..];
        }

        return reader.IsComplete;
    }

    private static ReadOnlyMemory<byte> ReadText(ReadOnlyMemory<byte> body, ref WireReader reader)
    {
        int length = reader.Text().Length;
        return body.Slice(reader.Position - length, length);
    }

    private static void WriteNumbers(ref WireWriter writer, in Step step, StepFields fields)
    {
        WriteWide(ref writer, fields, StepFields.Ino, step.Ino);
        WriteWide(ref writer, fields, StepFields.Handle, step.Handle);
        WriteWide(ref writer, fields, StepFields.Offset, step.Offset);
        WriteWide(ref writer, fields, StepFields.Length, step.Length);
        WriteNarrow(ref writer, fields, StepFields.Flags, step.Flags);
        WriteNarrow(ref writer, fields, StepFields.Mode, step.Mode);
        WriteNarrow(ref writer, fields, StepFields.Rdev, step.Rdev);
        WriteWide(ref writer, fields, StepFields.OtherIno, step.OtherIno);
        WriteWide(ref writer, fields, StepFields.OtherHandle, step.OtherHandle);
        WriteWide(ref writer, fields, StepFields.OtherOffset, step.OtherOffset);
    }

    private static void ReadNumbers(ref WireReader reader, StepFields fields, ref Step step)
    {
        step.Ino = ReadWide(ref reader, fields, StepFields.Ino);
        step.Handle = ReadWide(ref reader, fields, StepFields.Handle);
        step.Offset = ReadWide(ref reader, fields, StepFields.Offset);
        step.Length = ReadWide(ref reader, fields, StepFields.Length);
        step.Flags = ReadNarrow(ref reader, fields, StepFields.Flags);
        step.Mode = ReadNarrow(ref reader, fields, StepFields.Mode);
        step.Rdev = ReadNarrow(ref reader, fields, StepFields.Rdev);
        step.OtherIno = ReadWide(ref reader, fields, StepFields.OtherIno);
        step.OtherHandle = ReadWide(ref reader, fields, StepFields.OtherHandle);
        step.OtherOffset = ReadWide(ref reader, fields, StepFields.OtherOffset);
    }

    private static void WriteWide(ref WireWriter writer, StepFields fields, StepFields field, ulong value)
    {
        if ((fields & field) != StepFields.None)
        {
            writer.UInt64(value);
        }
    }

    private static void WriteNarrow(ref WireWriter writer, StepFields fields, StepFields field, uint value)
    {
        if ((fields & field) != StepFields.None)
        {
            writer.UInt32(value);
        }
    }

    private static ulong ReadWide(ref WireReader reader, StepFields fields, StepFields field) => (fields & field) != StepFields.None ? reader.UInt64() : 0;

    private static uint ReadNarrow(ref WireReader reader, StepFields fields, StepFields field) => (fields & field) != StepFields.None ? reader.UInt32() : 0;
}
