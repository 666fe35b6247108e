using Tessera.Content;
using Tessera.Core;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Inodes;

/// <summary>The inodes in memory: those somebody holds, and as many others as the bound allows, least recently used out first. All
/// O(1).</summary>
internal sealed class InodeTable
{
    private const int StripeCount = 16;
    private readonly Stripe[] stripes = new Stripe[StripeCount];
    private readonly IVolumeStore store;
    private readonly ScratchPool scratchPool;
    private readonly CommitLog commits;
    private readonly int capacity;
    private readonly StripedCounter hits = new();
    private readonly StripedCounter misses = new();

    public InodeTable(ContentServices services, CommitLog commits, int capacity)
    {
        store = services.Store;
        scratchPool = services.Scratch;
        this.commits = commits;
        this.capacity = capacity;
        for (int i = 0; i < StripeCount; i++)
        {
            stripes[i] = new Stripe(Math.Max(1, capacity / StripeCount));
        }
    }

    /// <summary>Inodes in memory.</summary>
    public int Count => stripes.Sum(stripe => stripe.Count);

    /// <summary>Inodes in memory, the bound on those nobody holds, and how often a record was here.</summary>
    public CacheCounters Counters => new(Count, capacity, hits.Value, misses.Value);

    /// <summary>Pins the inode and makes sure its record is here; null when there is no such inode.</summary>
    /// <exception cref="StoreDamageException">Its record cannot be read.</exception>
    public ValueTask<Inode?> LoadAsync(ulong ino)
    {
        Inode inode = Pin(ino);
        if (inode.IsLoaded)
        {
            hits.Increment();
            return new(Alive(inode));
        }

        misses.Increment();
        return ReadAsync(inode);
    }

    /// <summary>Pins an inode whose record the caller has, or is about to make.</summary>
    public Inode Pin(ulong ino) => StripeOf(ino).Pin(ino);

    /// <summary>Pins the inode only if it is in memory.</summary>
    public Inode? TryPin(ulong ino) => StripeOf(ino).TryPin(ino);

    /// <summary>Pins it once more; the caller already holds a pin.</summary>
    public void PinAgain(Inode inode) => StripeOf(inode.Ino).Pin(inode.Ino);

    public void Unpin(Inode inode) => StripeOf(inode.Ino).Unpin(inode);

    /// <summary>Gives a pinned inode its record, unless another was faster.</summary>
    public void Install(Inode inode, in InodeRecord record, ulong sequence)
    {
        lock (inode.Sync)
        {
            if (!inode.IsLoaded)
            {
                inode.Record = record;
                inode.StoredLength = record.Length;
                inode.Sequence = sequence;
                inode.IsLoaded = true;
            }
        }
    }

    private async ValueTask<Inode?> ReadAsync(Inode inode)
    {
        StoreScratch scratch = scratchPool.Rent();
        bool found = false;
        try
        {
            int length = VolumeKeys.Inode(scratch.Key, inode.Ino);
            StoreEntry entry = await store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            if (entry.Found)
            {
                // What changed it last is forgotten: fsync then waits for everything committed so far.
                Install(inode, InodeRecord.Decode(scratch.Value.AsSpan(0, entry.Length)), commits.LastSequence);
                found = true;
            }
        }
        finally
        {
            scratchPool.Return(scratch);
            if (!found)
            {
                Unpin(inode);
            }
        }

        return found ? Alive(inode) : null;
    }

    private Inode? Alive(Inode inode)
    {
        if (!inode.IsGone)
        {
            return inode;
        }

        Unpin(inode);
        return null;
    }

    private Stripe StripeOf(ulong ino) => stripes[ino % StripeCount];

    /// <summary>A part of the table with its own lock. Unpinned inodes form a list from oldest to newest.</summary>
    private sealed class Stripe(int capacity)
    {
        private readonly Lock sync = new();
        private readonly Dictionary<ulong, Inode> inodes = [];
        private Inode? oldest;
        private Inode? newest;
        private int unpinned;

        public int Count
        {
            get
            {
                lock (sync)
                {
                    return inodes.Count;
                }
            }
        }

        public Inode Pin(ulong ino)
        {
            lock (sync)
            {
                if (!inodes.TryGetValue(ino, out Inode? inode))
                {
                    inode = new Inode { Ino = ino };
                    inodes.Add(ino, inode);
                }
                else if (inode.Pins == 0)
                {
                    Unlink(inode);
                }

                inode.Pins++;
                return inode;
            }
        }

        public Inode? TryPin(ulong ino)
        {
            lock (sync)
            {
                return inodes.ContainsKey(ino) ? Pin(ino) : null;
            }
        }

        public void Unpin(Inode inode)
        {
            lock (sync)
            {
                if (--inode.Pins > 0)
                {
                    return;
                }

                if (!inode.IsLoaded || inode.IsGone)
                {
                    inodes.Remove(inode.Ino);
                    return;
                }

                Link(inode);
                if (unpinned > capacity)
                {
                    Inode victim = oldest!;
                    Unlink(victim);
                    inodes.Remove(victim.Ino);
                }
            }
        }

        private void Link(Inode inode)
        {
            inode.Older = newest;
            inode.Newer = null;
            if (newest is null)
            {
                oldest = inode;
            }
            else
            {
                newest.Newer = inode;
            }

            newest = inode;
            unpinned++;
        }

        private void Unlink(Inode inode)
        {
            if (inode.Older is null)
            {
                oldest = inode.Newer;
            }
            else
            {
                inode.Older.Newer = inode.Newer;
            }

            if (inode.Newer is null)
            {
                newest = inode.Older;
            }
            else
            {
                inode.Newer.Older = inode.Older;
            }

            inode.Older = null;
            inode.Newer = null;
            unpinned--;
        }
    }
}
