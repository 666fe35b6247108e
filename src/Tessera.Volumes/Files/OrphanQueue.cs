using System.Diagnostics.CodeAnalysis;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>The inodes without links, and those of them that wait to be deleted because nobody holds them.</summary>
internal sealed class OrphanQueue
{
    private readonly HashSet<Inode> orphans = [];
    private readonly Queue<Inode> waiting = new();
    private readonly Lock sync = new();
    private long collected;

    /// <summary>Those that were deleted.</summary>
    public long Collected => Interlocked.Read(ref collected);

    /// <summary>Orphans not collected yet.</summary>
    public int Count
    {
        get
        {
            lock (sync)
            {
                return orphans.Count;
            }
        }
    }

    /// <summary>Those that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (sync)
            {
                return waiting.Count;
            }
        }
    }

    public Inode[] All()
    {
        lock (sync)
        {
            return [.. orphans];
        }
    }

    /// <summary>False when it is there already.</summary>
    public bool TryAdd(Inode inode)
    {
        lock (sync)
        {
            return orphans.Add(inode);
        }
    }

    /// <summary>False when it is not there.</summary>
    public bool TryRemove(Inode inode)
    {
        lock (sync)
        {
            return orphans.Remove(inode);
        }
    }

    /// <summary>It is deleted.</summary>
    public void RemoveCollected(Inode inode)
    {
        TryRemove(inode);
        Interlocked.Increment(ref collected);
    }

    public void Enqueue(Inode inode)
    {
        lock (sync)
        {
            waiting.Enqueue(inode);
        }
    }

    public void Enqueue(IEnumerable<Inode> inodes)
    {
        lock (sync)
        {
            foreach (Inode inode in inodes)
            {
                waiting.Enqueue(inode);
            }
        }
    }

    public bool TryTake([NotNullWhen(true)] out Inode? inode)
    {
        lock (sync)
        {
            return waiting.TryDequeue(out inode);
        }
    }
}
