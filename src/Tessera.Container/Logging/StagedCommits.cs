using System.Buffers.Binary;

namespace Tessera.Container.Logging;

/// <summary>Commits on their way into the next log record: after-images, encoded as the record's body. Filled under the commit lock.</summary>
public sealed class StagedCommits
{
    public const int CommitHeader = 12;
    public const int OperationHeader = 5;
    private readonly byte[] buffer = new byte[LogRecord.MaxBody];
    private int used;
    private int commitStart;

    /// <summary>What an operation of the log is.</summary>
    public enum Operation : byte
    {
        Put = 1,
        Delete = 2,
        Claim = 3,
        Release = 4,
    }

    public ReadOnlySpan<byte> Body => buffer.AsSpan(0, used);

    public bool IsEmpty => used == 0;

    public ulong FirstSequence { get; private set; }

    public ulong LastSequence { get; private set; }

    /// <summary>Most bytes one commit may have.</summary>
    public static int Capacity => LogRecord.MaxBody - CommitHeader;

    public bool HasRoomFor(int bytes) => used + CommitHeader + bytes <= buffer.Length;

    public void Reset()
    {
        used = 0;
        FirstSequence = 0;
        LastSequence = 0;
    }

    public void Begin(ulong sequence)
    {
        commitStart = used;
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.AsSpan(used), sequence);
        used += CommitHeader;
        FirstSequence = FirstSequence == 0 ? sequence : FirstSequence;
        LastSequence = sequence;
    }

    public void End() => BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(commitStart + 8), used - commitStart - CommitHeader);

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Append(Operation.Put, key, value);

    public void Delete(ReadOnlySpan<byte> key) => Append(Operation.Delete, key, default);

    public void Block(Operation operation, ReadOnlySpan<byte> reference) => Append(operation, default, reference);

    private void Append(Operation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> target = buffer.AsSpan(used);
        target[0] = (byte)operation;
        BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)key.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[3..], (ushort)value.Length);
        key.CopyTo(target[OperationHeader..]);
        value.CopyTo(target[(OperationHeader + key.Length)..]);
        used += OperationHeader + key.Length + value.Length;
    }
}
