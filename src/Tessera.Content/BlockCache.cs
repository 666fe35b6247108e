using System.Diagnostics.CodeAnalysis;
using Tessera.Core;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>The contents of blocks lately read in a row, whole: the kernel asks for 128 KiB at a time, and a block is 1 MiB. Bounded,
/// least recently used out first.</summary>
/// <remarks>A block reference names its content for ever, so nothing here ever becomes wrong; what is released only becomes
/// useless.</remarks>
public sealed class BlockCache(IVolumeStore store, BufferPool buffers, long limit)
{
    private readonly Lock sync = new();
    private readonly Dictionary<BlockReference, Entry> entries = [];
    private readonly LinkedList<Entry> byUse = new();
    private readonly StripedCounter hits = new();
    private readonly StripedCounter misses = new();
    private int ahead;

    /// <summary>Bytes held now.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes, bound, and how many reads found their block here. Reading ahead is not counted: nobody has asked for it yet.</summary>
    public CacheCounters Counters => new(Bytes, limit, hits.Value, misses.Value);

    /// <summary>Copies a part of a block into <paramref name="destination"/> if the cache has the block or, with <paramref name="load"/>,
    /// gets it.</summary>
    /// <returns>False when the cache has it not, or has no room for it: the reader goes to the store.</returns>
    public async ValueTask<bool> ReadAsync(BlockReference block, int offset, Memory<byte> destination, bool load)
    {
        if (!TryPin(block, load, out Entry? entry, out bool isNew))
        {
            misses.Increment();
            return false;
        }

        (isNew ? misses : hits).Increment();
        try
        {
            if (isNew)
            {
                await FillAsync(entry);
            }
            else if (!entry.Filled.IsCompletedSuccessfully)
            {
                await entry.Filled;
            }

            entry.Buffer.AsSpan(offset, destination.Length).CopyTo(destination.Span);
            return true;
        }
        finally
        {
            Unpin(entry);
        }
    }

    /// <summary>Gets a block in the background, unless enough are on their way. Whoever asks for it from now on waits for it.</summary>
    public void Prefetch(BlockReference block)
    {
        lock (sync)
        {
            if (ahead >= ContentLimits.MaxReadAhead || entries.ContainsKey(block) || !TryPin(block, load: true, out Entry? entry, out _))
            {
                return;
            }

            ahead++;
            _ = Task.Run(() => PrefetchAsync(entry));
        }
    }

    /// <summary>Drops everything not in use.</summary>
    public void Clear()
    {
        lock (sync)
        {
            MakeRoom(limit);
        }
    }

    private async Task PrefetchAsync(Entry entry)
    {
        try
        {
            await FillAsync(entry);
        }
        catch (IOException)
        {
            // Nobody has asked for these bytes yet. Whoever does will meet the same fault and report it with the file's name.
        }
        finally
        {
            Unpin(entry);
            lock (sync)
            {
                ahead--;
            }
        }
    }

    private bool TryPin(BlockReference block, bool load, [NotNullWhen(true)] out Entry? entry, out bool isNew)
    {
        isNew = false;
        lock (sync)
        {
            if (entries.TryGetValue(block, out entry))
            {
                byUse.Remove(entry.Use);
                byUse.AddLast(entry.Use);
                entry.Pins++;
                return true;
            }

            int size = BufferPool.SizeFor((int)block.Length);
            if (!load || !MakeRoom(size))
            {
                return false;
            }

            entry = new Entry(block, buffers.Rent(size));
            entries.Add(block, entry);
            byUse.AddLast(entry.Use);
            Bytes += size;
            entry.Pins++;
            isNew = true;
            return true;
        }
    }

    private async ValueTask FillAsync(Entry entry)
    {
        try
        {
            await store.ReadBlockAsync(entry.Block, 0, entry.Buffer.AsMemory(0, (int)entry.Block.Length));
            entry.SetFilled(null);
        }
        catch (Exception fault)
        {
            lock (sync)
            {
                Remove(entry);
            }

            entry.SetFilled(fault);
            throw;
        }
    }

    private bool MakeRoom(long size)
    {
        LinkedListNode<Entry>? node = byUse.First;
        while (Bytes + size > limit && node is not null)
        {
            LinkedListNode<Entry>? next = node.Next;
            if (node.Value.Pins == 0)
            {
                Remove(node.Value);
                buffers.Return(node.Value.Buffer);
            }

            node = next;
        }

        return Bytes + size <= limit;
    }

    private void Remove(Entry entry)
    {
        entries.Remove(entry.Block);
        byUse.Remove(entry.Use);
        Bytes -= entry.Buffer.Length;
        entry.Removed = true;
    }

    private void Unpin(Entry entry)
    {
        lock (sync)
        {
            entry.Pins--;
            if (entry.Removed && entry.Pins == 0)
            {
                buffers.Return(entry.Buffer);
            }
        }
    }

    private sealed class Entry
    {
        private readonly TaskCompletionSource filled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Entry(BlockReference block, byte[] buffer)
        {
            Block = block;
            Buffer = buffer;
            Use = new LinkedListNode<Entry>(this);
        }

        public BlockReference Block { get; }

        public byte[] Buffer { get; }

        public LinkedListNode<Entry> Use { get; }

        public Task Filled => filled.Task;

        public int Pins { get; set; }

        public bool Removed { get; set; }

        public void SetFilled(Exception? fault)
        {
            if (fault is null)
            {
                filled.SetResult();
                return;
            }

            filled.SetException(fault);
            _ = filled.Task.Exception; // Observed here; a waiter meets it when it awaits.
        }
    }
}
