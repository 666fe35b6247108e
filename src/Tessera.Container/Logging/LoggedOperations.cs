using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Core.Stores;

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
        return IsSane(current) ? true : throw new ContainerFormatException(FormatFault.Damaged, "A log record holds an operation that makes no sense.");
    }

    /// <summary>What the map, the tree and the allocator rely on; a longer key would fit no leaf and no page of a scan.</summary>
    private static bool IsSane(in LoggedOperation operation) => operation.Sequence <= RootRecord.MaxSequence && operation.Kind switch
    {
        StagedCommits.Operation.Put or StagedCommits.Operation.Delete =>
            operation.Key.Length is > 0 and <= StoreLimits.MaxKey && operation.Value.Length <= StoreLimits.MaxValue,
        StagedCommits.Operation.Claim or StagedCommits.Operation.Release => operation.Value.Length == BlockReference.Size,
        _ => true, // A newer program's; who meets it says so.
    };

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
