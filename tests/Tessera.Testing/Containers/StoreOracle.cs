using System.Buffers.Binary;
using Tessera.Container;
using Tessera.Core.Stores;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Containers;

/// <summary>What a store must hold: every commit by its sequence, and what had been promised when the disk had done so many operations. Thread-safe.</summary>
/// <remarks>Keys are numbers. A value under a number of <see cref="FirstBlockKey"/> and up names a block, and the seed of the block's content.</remarks>
public sealed class StoreOracle
{
    public const int FirstBlockKey = 1 << 16;
    private const int BlockValueLength = BlockReference.Size + sizeof(ulong);
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, List<StoredValue>> history = [];
    private readonly List<Promise> acknowledged = [];
    private readonly List<Promise> durable = [];

    /// <summary>The last commit known of.</summary>
    public ulong LastSequence { get; private set; }

    public static byte[] Key(int number)
    {
        byte[] key = [0x20, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(1), number);
        return key;
    }

    public static byte[] BlockValue(BlockReference block, ulong contentSeed)
    {
        byte[] value = new byte[BlockValueLength];
        block.Encode(value);
        BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(BlockReference.Size), contentSeed);
        return value;
    }

    public static byte[] BlockContent(ulong contentSeed, int length)
    {
        byte[] content = new byte[(length + 7) & ~7];
        SeededHash.Fill(contentSeed, content);
        return content[..length];
    }

    /// <summary>Notes a commit and, unless the store did not acknowledge it, that it must survive a kill once the disk has done <paramref name="operations"/> operations.</summary>
    public void Committed(ulong sequence, IEnumerable<KeyValuePair<int, byte[]?>> changes, int? operations)
    {
        lock (gate)
        {
            LastSequence = Math.Max(LastSequence, sequence);
            foreach ((int key, byte[]? value) in changes)
            {
                if (!history.TryGetValue(key, out List<StoredValue>? values))
                {
                    history.Add(key, values = []);
                }

                values.Add(new StoredValue(sequence, value));
            }

            if (operations is { } count)
            {
                acknowledged.Add(new Promise(count, sequence));
            }
        }
    }

    /// <summary>Everything up to a sequence survives a power cut once the disk has done so many operations.</summary>
    public void Durable(ulong sequence, int operations)
    {
        lock (gate)
        {
            durable.Add(new Promise(operations, sequence));
        }
    }

    /// <summary>The least last sequence that may be found after a power cut during an operation.</summary>
    public ulong DurableAt(int operation) => Highest(durable, operation);

    /// <summary>The least last sequence that may be found after a kill before an operation.</summary>
    public ulong AcknowledgedAt(int operation) => Math.Max(Highest(acknowledged, operation), Highest(durable, operation));

    public byte[]? Value(int key)
    {
        lock (gate)
        {
            return history.TryGetValue(key, out List<StoredValue>? values) ? values[^1].Bytes : null;
        }
    }

    /// <summary>A new history that starts with the state after a commit, all of it durable.</summary>
    public StoreOracle ForkAt(ulong sequence)
    {
        var fork = new StoreOracle { LastSequence = sequence };
        foreach ((int key, StoredValue value) in StateAt(sequence))
        {
            fork.history.Add(key, [value]);
        }

        fork.durable.Add(new Promise(0, sequence));
        return fork;
    }

    /// <summary>The store holds exactly the state after one commit: every key, value, version and block of it, and nothing else.</summary>
    /// <exception cref="SimulationFailureException">It does not.</exception>
    public void Verify(ContainerStore store, ulong sequence)
    {
        List<KeyValuePair<int, StoredValue>> expected = StateAt(sequence);
        var page = new ScanPage(64 * 1024);
        byte[] from = [0x20];
        int next = 0;
        do
        {
            Now.Do(store.ScanAsync(from, new byte[] { 0x21 }, page));
            foreach (ScanPage.Entry entry in page)
            {
                int key = BinaryPrimitives.ReadInt32BigEndian(entry.Key[1..]);
                Require(next < expected.Count && expected[next].Key == key, sequence, $"key {key} instead of {(next < expected.Count ? expected[next].Key : "the end")}");
                StoredValue value = expected[next++].Value;
                Require(entry.Version == value.Sequence, sequence, $"key {key} of commit {entry.Version} instead of {value.Sequence}");
                Require(entry.Value.SequenceEqual(value.Bytes), sequence, $"another value of key {key}");
            }

            from = [.. page.LastKey, 0];
        }
        while (!page.Complete);
        Require(next == expected.Count, sequence, $"no key {(next < expected.Count ? expected[next].Key : 0)}");
        foreach ((int key, StoredValue value) in expected.Where(entry => entry.Key >= FirstBlockKey))
        {
            VerifyBlock(store, sequence, key, value.Bytes!);
        }
    }

    /// <summary>Of a damaged store: all that can be read is the state after the commit; the rest is refused as damage.</summary>
    /// <returns>Values and blocks that were refused.</returns>
    /// <exception cref="SimulationFailureException">Something else was read.</exception>
    public int VerifyReadable(ContainerStore store, ulong sequence)
    {
        int refused = 0;
        byte[] value = new byte[StoreLimits.MaxValue];
        foreach ((int key, StoredValue expected) in StateAt(sequence))
        {
            try
            {
                StoreEntry entry = Now.Do(store.GetAsync(Key(key), value));
                Require(entry.Found && entry.Version == expected.Sequence, sequence, $"key {key} of commit {entry.Version}");
                Require(value.AsSpan(0, entry.Length).SequenceEqual(expected.Bytes), sequence, $"another value of key {key}");
                if (key >= FirstBlockKey)
                {
                    VerifyBlock(store, sequence, key, expected.Bytes!);
                }
            }
            catch (StoreDamageException)
            {
                refused++;
            }
            catch (SimulationFailureException failure) when (failure.InnerException is StoreDamageException)
            {
                refused++;
            }
        }

        return refused;
    }

    private static void VerifyBlock(ContainerStore store, ulong sequence, int key, byte[] value)
    {
        BlockReference block = BlockReference.Decode(value);
        byte[] content = new byte[block.Length];
        try
        {
            Now.Do(store.ReadBlockAsync(block, 0, content));
        }
        catch (StoreDamageException damage)
        {
            throw new SimulationFailureException($"State after commit {sequence}: the block of key {key} (address {block.Address:x}) is not there: {damage.Message}", damage);
        }

        ulong seed = BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(BlockReference.Size));
        Require(content.AsSpan().SequenceEqual(BlockContent(seed, content.Length)), sequence, $"other bytes in the block of key {key}");
    }

    private static void Require(bool holds, ulong sequence, string found)
    {
        if (!holds)
        {
            throw new SimulationFailureException($"State after commit {sequence}: found {found}.");
        }
    }

    private List<KeyValuePair<int, StoredValue>> StateAt(ulong sequence)
    {
        lock (gate)
        {
            var state = new List<KeyValuePair<int, StoredValue>>();
            foreach ((int key, List<StoredValue> values) in history)
            {
                int last = values.FindLastIndex(value => value.Sequence <= sequence);
                if (last >= 0 && values[last].Bytes is not null)
                {
                    state.Add(new(key, values[last]));
                }
            }

            return state;
        }
    }

    private ulong Highest(List<Promise> promises, int operation)
    {
        lock (gate)
        {
            ulong highest = 0;
            foreach (Promise promise in promises)
            {
                highest = promise.Operations <= operation ? Math.Max(highest, promise.Sequence) : highest;
            }

            return highest;
        }
    }

    /// <param name="Sequence">The commit that wrote it.</param>
    /// <param name="Bytes">Null: it deleted the key.</param>
    private sealed record StoredValue(ulong Sequence, byte[]? Bytes);

    private readonly record struct Promise(int Operations, ulong Sequence);
}
