using System.Collections.Concurrent;
using Tessera.Core;

namespace Tessera.Container.Tree;

/// <summary>Keeps opened nodes by address, bounded in bytes. Lookups take no lock; eviction is a second-chance queue, O(1) amortized.</summary>
public sealed class NodeCache(long capacityBytes)
{
    private readonly ConcurrentDictionary<ulong, Entry> entries = new();
    private readonly Queue<Entry> queue = new();
    private readonly Lock gate = new();
    private long bytes;
    private long hits;
    private long misses;

    /// <summary>Bytes, bound, and how often a node was here. A few hits or misses may be lost when threads count at once.</summary>
    public CacheCounters Counters => new(Bytes, capacityBytes, Hits, Misses);

    public long Bytes => Interlocked.Read(ref bytes);

    public long CapacityBytes => capacityBytes;

    public long Hits => Interlocked.Read(ref hits);

    public long Misses => Interlocked.Read(ref misses);

    /// <summary>The node at the address, if it is the one meant: slots are reused, counters are not.</summary>
    public Node? Find(ulong address, ulong counter, uint session)
    {
        if (entries.TryGetValue(address, out Entry? entry) && entry.Node.Counter == counter && entry.Node.Session == session)
        {
            entry.Referenced = true;
            hits++; // A lost count is harmless; an interlocked one costs more than the lookup.
            return entry.Node;
        }

        misses++;
        return null;
    }

    public void Add(ulong address, Node node)
    {
        var entry = new Entry(address, node);
        lock (gate)
        {
            if (entries.TryGetValue(address, out Entry? old))
            {
                bytes -= old.Node.Length;
                old.Dropped = true;
            }

            entries[address] = entry;
            queue.Enqueue(entry);
            bytes += node.Length;
            Evict();
        }
    }

    private void Evict()
    {
        while (queue.Count > 0 && (bytes > capacityBytes || queue.Count > 2 * entries.Count))
        {
            Entry entry = queue.Dequeue();
            if (entry.Dropped)
            {
                continue;
            }

            if (entry.Referenced)
            {
                entry.Referenced = false;
                queue.Enqueue(entry);
                continue;
            }

            entries.TryRemove(entry.Address, out _);
            bytes -= entry.Node.Length;
        }
    }

    private sealed class Entry(ulong address, Node node)
    {
        public ulong Address { get; } = address;

        public Node Node { get; } = node;

        public bool Referenced { get; set; }

        public bool Dropped { get; set; }
    }
}
