using System.Buffers.Binary;
using Tessera.Container.Format;

namespace Tessera.Container.Logging;

/// <summary>One operation of a record's body.</summary>
internal readonly ref struct LoggedOperation
{
    public required ulong Sequence { get; init; }

    public required StagedCommits.Operation Kind { get; init; }

    public required ReadOnlySpan<byte> Key { get; init; }

    public required ReadOnlySpan<byte> Value { get; init; }
}

/// <summary>Walks the operations of a record's body, which is authentic and still checked.</summary>
internal ref struct LoggedOperations(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> rest = body;
    private ReadOnlySpan<byte> commit;
    private ulong sequence;
    private LoggedOperation current;

    public readonly LoggedOperation Current => current;

    public readonly LoggedOperations GetEnumerator() => this;

    public bool MoveNext()
    {
        while (commit.IsEmpty)
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            ReadOnlySpan<byte> commitHeader = Take(ref rest, StagedCommits.CommitHeader);
            sequence = BinaryPrimitives.ReadUInt64LittleEndian(commitHeader);
            commit = Take(ref rest, BinaryPrimitives.ReadInt32LittleEndian(commitHeader[8..]));
        }

        ReadOnlySpan<byte> header = Take(ref commit, StagedCommits.OperationHeader);
        current = new LoggedOperation
        {
            Sequence = sequence,
            Kind = (StagedCommits.Operation)header[0],
            Key = Take(ref commit, BinaryPrimitives.ReadUInt16LittleEndian(header[1..])),
            Value = Take(ref commit, BinaryPrimitives.ReadUInt16LittleEndian(header[3..])),
        };
        return true;
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> from, int length)
    {
        if (length > from.Length || length < 0)
        {
            throw new ContainerFormatException(FormatFault.Damaged, "A log record's body makes no sense.");
        }

        ReadOnlySpan<byte> taken = from[..length];
        from = from[length..];
        return taken;
    }
}
