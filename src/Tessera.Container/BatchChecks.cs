using Tessera.Container.Logging;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Looks whether what a batch takes for granted still holds. Used under the commit lock, by one thread at a time.</summary>
internal sealed class BatchChecks(MapReader reader)
{
    private readonly byte[] scratch = new byte[StoreLimits.MaxValue];
    private readonly ScanPage emptinessPage = new(0, maxEntries: 1);

    /// <summary>What the checks came to.</summary>
    public enum Outcome
    {
        Hold,
        Failed,

        /// <summary>Nodes must be read first, which is not done under the lock.</summary>
        NeedsIo,
    }

    /// <summary>Whether every check of the batch holds.</summary>
    /// <param name="view">What is committed so far.</param>
    /// <param name="batch">What is to be checked.</param>
    /// <param name="allowIo">Whether nodes may be read.</param>
    /// <param name="length">Bytes the batch takes in the log at most: itself, and for each add the whole value it changes.</param>
    public Outcome Run(View view, StoreBatch batch, bool allowIo, out int length)
    {
        length = batch.Length;
        ReadOnlySpan<byte> lastAdd = default;
        foreach (StoreBatch.Operation operation in batch)
        {
            if (operation.Kind == StoreBatch.Kind.CheckPrefixEmpty)
            {
                if (!IsPrefixEmpty(view, operation.Key))
                {
                    return Outcome.Failed;
                }

                continue;
            }

            if (!operation.ChangesField && operation.Kind is not (StoreBatch.Kind.CheckVersion or StoreBatch.Kind.CheckAbsent))
            {
                continue;
            }

            if (!reader.TryGet(view, operation.Key, scratch, allowIo, out StoreEntry entry))
            {
                return Outcome.NeedsIo;
            }

            bool holds = operation.Kind switch
            {
                StoreBatch.Kind.CheckVersion => entry.Version == operation.Number,
                StoreBatch.Kind.CheckAbsent => !entry.Found,
                _ => operation.Offset >= 0 && operation.Offset + sizeof(long) <= Math.Max(entry.Length, LengthPut(batch, operation.Key, entry.Found)),
            };
            if (!holds)
            {
                return Outcome.Failed;
            }

            if (operation.ChangesField && !operation.Key.SequenceEqual(lastAdd))
            {
                lastAdd = operation.Key;
                length += StagedCommits.OperationHeader + operation.Key.Length + Math.Max(entry.Length, LengthPut(batch, operation.Key, entry.Found));
            }
        }

        return Outcome.Hold;
    }

    /// <summary>The length of the value the batch itself puts for a key that an add needs; 0 when the store has the key already, or nobody puts it.</summary>
    private static int LengthPut(StoreBatch batch, ReadOnlySpan<byte> key, bool found)
    {
        int length = 0;
        if (!found)
        {
            foreach (StoreBatch.Operation operation in batch)
            {
                length = operation.Kind == StoreBatch.Kind.Put && operation.Key.SequenceEqual(key) ? operation.Value.Length : length;
            }
        }

        return length;
    }

    private bool IsPrefixEmpty(View view, ReadOnlySpan<byte> prefix)
    {
        Span<byte> end = stackalloc byte[prefix.Length];
        ReadOnlySpan<byte> to = Successor(prefix, end);
        emptinessPage.Reset();
        reader.Scan(view, prefix, to, emptinessPage);
        return emptinessPage.Count == 0;
    }

    /// <summary>The first key after all that start with the prefix; empty when there is none.</summary>
    private static ReadOnlySpan<byte> Successor(ReadOnlySpan<byte> prefix, Span<byte> end)
    {
        prefix.CopyTo(end);
        int last = prefix.Length - 1;
        while (last >= 0 && end[last] == byte.MaxValue)
        {
            last--;
        }

        if (last < 0)
        {
            return default;
        }

        end[last]++;
        return end[..(last + 1)];
    }
}
