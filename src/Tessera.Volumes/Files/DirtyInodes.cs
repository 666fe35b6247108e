using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>The inodes with something to write back, oldest first. Each is pinned while it is here.</summary>
/// <remarks>Its lock is inside an inode's <see cref="Inode.Sync"/> and outside the table's.</remarks>
internal sealed class DirtyInodes(InodeTable inodes)
{
    private readonly Lock sync = new();
    private readonly LinkedList<Inode> byAge = new();

    /// <summary>Called when the first inode becomes dirty.</summary>
    public Action? FirstAdded { get; set; }

    public int Count
    {
        get
        {
            lock (sync)
            {
                return byAge.Count;
            }
        }
    }

    /// <summary>The inode has something dirty. Under its <see cref="Inode.Sync"/>.</summary>
    public void Add(Inode inode)
    {
        bool first;
        lock (sync)
        {
            inode.DirtyNode ??= new LinkedListNode<Inode>(inode);
            if (inode.DirtyNode.List is not null)
            {
                return;
            }

            inodes.PinAgain(inode);
            inode.DirtySince = Environment.TickCount64;
            byAge.AddLast(inode.DirtyNode);
            first = byAge.Count == 1;
        }

        if (first)
        {
            FirstAdded?.Invoke();
        }
    }

    /// <summary>Lets go of the inode if nothing of it is dirty any more.</summary>
    public void RemoveIfClean(Inode inode)
    {
        lock (inode.Sync)
        {
            bool dirty = !inode.IsGone && (inode.AttributesDirty || inode.AccessDirty || inode.Content is { IsDirty: true });
            if (dirty || !TryRemove(inode))
            {
                return;
            }
        }

        inodes.Unpin(inode);
    }

    /// <summary>Pins the oldest inode that became dirty at or before <paramref name="olderThan"/> and was not given to this pass before;
    /// null when there
    /// is none. It goes to the end, so that one that cannot be written does not stand in the way of the rest.</summary>
    public Inode? PinOldest(long olderThan, long pass)
    {
        lock (sync)
        {
            LinkedListNode<Inode>? node = byAge.First;
            if (node is null || node.Value.DirtySince > olderThan || node.Value.WriteBackPass == pass)
            {
                return null;
            }

            inodes.PinAgain(node.Value);
            node.Value.WriteBackPass = pass;
            node.Value.DirtySince = Environment.TickCount64;
            byAge.Remove(node);
            byAge.AddLast(node);
            return node.Value;
        }
    }

    /// <summary>Pins the oldest inode with bytes in memory, looking at no more than <paramref name="most"/>.</summary>
    public Inode? PinOldestWithBytes(int most)
    {
        lock (sync)
        {
            for (LinkedListNode<Inode>? node = byAge.First; node is not null && most > 0; node = node.Next, most--)
            {
                // A look without the inode's lock: a wrong guess costs a turn, not correctness.
                if (node.Value.Content is { DirtyBytes: > 0 })
                {
                    inodes.PinAgain(node.Value);
                    return node.Value;
                }
            }

            return null;
        }
    }

    private bool TryRemove(Inode inode)
    {
        lock (sync)
        {
            if (inode.DirtyNode?.List is null)
            {
                return false;
            }

            byAge.Remove(inode.DirtyNode);
            return true;
        }
    }
}
