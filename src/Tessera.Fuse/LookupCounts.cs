
namespace Tessera.Fuse;

/// <summary>
/// How many references the kernel holds to each node: one more for every <see cref="FuseEntry"/> it is given, fewer with FORGET. A node
/// must keep its id and its state until the count is zero, even when it has no name left.
/// </summary>
/// <remarks>
/// Count before the entry can reach the kernel, while holding what keeps the node from being freed; free in <c>onLast</c>, which runs while
/// the node's count is locked, so that a lookup at the same moment comes either before (and the count is not zero) or after (and finds
/// the node gone, or makes it anew). An entry that did not reach the kernel is taken back by the server through
/// <see cref="FuseFileSystem.Forget"/>. Lock order: the file system's own locks first, a shard's last; <c>onLast</c> must not call back.
/// </remarks>
public sealed class LookupCounts
{
    /// <summary>Enough that threads seldom meet; a power of two.</summary>
    private const int ShardCount = 32;

    private readonly Shard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(static _ => new Shard())];

    /// <summary>Nodes the kernel holds. Exact when nothing else is running.</summary>
    public int Count => _shards.Sum(static shard => shard.Counts.Count);

    /// <summary>Memory that the counts take.</summary>
    public long Bytes => _shards.Sum(static shard => shard.Counts.Bytes);

    /// <summary>The nodes the kernel holds, some of them at a time: those of each part as they are when it comes to it.</summary>
    public IEnumerable<ulong> Nodes()
    {
        foreach (var shard in _shards)
        {
            List<ulong> ids = [];
            lock (shard.Lock)
                shard.Counts.AddTo(ids);

            foreach (var id in ids)
                yield return id;
        }
    }

    /// <summary>References the kernel holds to the node.</summary>
    public ulong Of(ulong nodeId)
    {
        var shard = ShardOf(nodeId);
        lock (shard.Lock)
            return shard.Counts[nodeId];
    }

    /// <summary>One more entry for this node is on its way to the kernel.</summary>
    public void Add(ulong nodeId)
    {
        var shard = ShardOf(nodeId);
        lock (shard.Lock)
            shard.Counts[nodeId]++;
    }

    /// <summary>
    /// The kernel drops <paramref name="lookups"/> references. True: it holds none any more. Dropping more than there are drops all.
    /// </summary>
    public bool Remove(ulong nodeId, ulong lookups) => Remove(nodeId, lookups, 0, static (_, _) => { });

    /// <summary>
    /// As above, and runs <paramref name="onLast"/> with the last one, before any other thread can count this node again.
    /// </summary>
    public bool Remove<TState>(ulong nodeId, ulong lookups, TState state, Action<ulong, TState> onLast)
    {
        ArgumentNullException.ThrowIfNull(onLast);
        var shard = ShardOf(nodeId);
        lock (shard.Lock)
        {
            var count = shard.Counts[nodeId];
            if (count == 0)
                return false;

            shard.Counts[nodeId] = count > lookups ? count - lookups : 0;
            if (count > lookups)
                return false;

            onLast(nodeId, state);
            return true;
        }
    }

    /// <summary>Fibonacci hashing: node ids are mostly consecutive. Those that share a bucket share a shard.</summary>
    private Shard ShardOf(ulong nodeId) => _shards[(int)((PackedCounts.BucketOf(nodeId) * 0x9E3779B97F4A7C15) >> 59) & (ShardCount - 1)];

    private sealed class Shard
    {
        public Lock Lock { get; } = new();

        public PackedCounts Counts { get; } = new();
    }
}
