using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles.Nodes;

/// <summary>The inodes of the host that the door knows: by their id, by what they are on the host, and by their names.</summary>
/// <remarks>Holds no descriptor. One lock, <see cref="Sync"/>, held for table work only and for no system call that can reach a disk.</remarks>
internal sealed class NodeTable
{
    /// <summary>Forgotten nodes are kept until so many more are forgotten: a lookup may be handing one out at this moment.</summary>
    private const int MaxForgotten = 1024;

    private readonly Dictionary<ulong, Node> byId = [];
    private readonly Dictionary<HostIdentity, Node> byIdentity = [];
    private readonly HashSet<NodeName> names;
    private readonly HashSet<NodeName>.AlternateLookup<NameKey> namesByKey;
    private readonly Queue<Node> forgotten = new();
    private ulong lastId = FsLimits.RootInode;

    public NodeTable(in Statx root)
    {
        names = new HashSet<NodeName>(new NameComparer());
        namesByKey = names.GetAlternateLookup<NameKey>();
        Root = new Node(FsLimits.RootInode, HostIdentity.Of(root), ModeBits.Directory) { IsKnown = true, IsIndexed = true };
        byId.Add(Root.Id, Root);
        byIdentity.Add(Root.Identity, Root);
    }

    public Lock Sync { get; } = new();

    public Node Root { get; }

    /// <summary>Nodes in memory.</summary>
    public int Count
    {
        get
        {
            lock (Sync)
            {
                return byId.Count;
            }
        }
    }

    /// <summary>Null: no such node, or forgotten long ago.</summary>
    public Node? Find(ulong id)
    {
        lock (Sync)
        {
            return byId.GetValueOrDefault(id);
        }
    }

    /// <summary>An inode was found by this name, which no other has any more. It is known from now on: a reference is on its way to the door.</summary>
    public Node Learn(Node parent, ReadOnlySpan<byte> name, in Statx stat)
    {
        lock (Sync)
        {
            Node node = Identify(stat);
            bool hasName = namesByKey.TryGetValue(new NameKey(parent, name), out NodeName? before);
            if (before is not null && before.Node != node)
            {
                Detach(before);
                hasName = false;
            }

            if (!hasName)
            {
                Attach(new NodeName(parent, name.ToArray(), node));
            }

            Hand(node);
            return node;
        }
    }

    /// <summary>A reference to a node that was found otherwise than by a name is on its way to the door.</summary>
    public void Hand(ulong id)
    {
        lock (Sync)
        {
            if (byId.GetValueOrDefault(id) is { } node)
            {
                Hand(node);
            }
        }
    }

    /// <summary>The node just learned was not handed out after all. A reference that somebody else was given meanwhile counts.</summary>
    /// <param name="node">The node.</param>
    /// <param name="handed"><see cref="Node.Handed"/> as it was after learning.</param>
    public void TakeBack(Node node, uint handed)
    {
        lock (Sync)
        {
            if (node.Handed == handed && !node.WasKnown)
            {
                ForgetHeld(node);
            }
        }
    }

    /// <summary>An inode without a name (O_TMPFILE). It is known from now on.</summary>
    public Node LearnUnnamed(in Statx stat)
    {
        lock (Sync)
        {
            Node node = Identify(stat);
            Hand(node);
            return node;
        }
    }

    /// <summary>Nothing has this name any more: somebody else removed or moved what had it.</summary>
    public void Lose(Node parent, ReadOnlySpan<byte> name)
    {
        lock (Sync)
        {
            if (namesByKey.TryGetValue(new NameKey(parent, name), out NodeName? known))
            {
                Detach(known);
                Discard(known.Node);
            }
        }
    }

    /// <summary>The name was removed through this door, and with it perhaps the inode: the node it was of, if any was known.</summary>
    public Node? Remove(Node parent, ReadOnlySpan<byte> name)
    {
        lock (Sync)
        {
            if (!namesByKey.TryGetValue(new NameKey(parent, name), out NodeName? known))
            {
                return null;
            }

            Detach(known);
            UnindexDeleted(known.Node);
            Discard(known.Node);
            return known.Node;
        }
    }

    /// <summary>What was at one name is at the other now, and with <paramref name="exchange"/> the other way round too: the node that had to give way.</summary>
    public Node? Move(NameKey from, NameKey to, bool exchange)
    {
        lock (Sync)
        {
            Node? moved = namesByKey.TryGetValue(from, out NodeName? source) ? source.Node : null;
            Node? replaced = namesByKey.TryGetValue(to, out NodeName? target) ? target.Node : null;
            if (moved == replaced && moved is not null && !exchange)
            {
                return null; // Two names of one inode: rename(2) then does nothing.
            }

            Rename(source, replaced is not null && exchange ? new NodeName(from.Parent, from.Name.ToArray(), replaced) : null);
            Rename(target, moved is not null ? new NodeName(to.Parent, to.Name.ToArray(), moved) : null);
            if (replaced is null || exchange)
            {
                return null;
            }

            UnindexDeleted(replaced);
            Discard(replaced);
            return replaced;
        }
    }

    /// <summary>The door holds no more references.</summary>
    public void Forget(ulong id)
    {
        lock (Sync)
        {
            if (byId.GetValueOrDefault(id) is { } node && node != Root)
            {
                ForgetHeld(node);
            }
        }
    }

    /// <summary>One of the node's names, the latest first; false at the end.</summary>
    public bool TryGetName(Node node, int index, out Node parent, out byte[] name)
    {
        lock (Sync)
        {
            NodeName? at = node.Names;
            for (int i = 0; i < index && at is not null; i++)
            {
                at = at.Older;
            }

            (parent, name) = (at?.Parent ?? Root, at?.Name ?? []);
            return at is not null;
        }
    }

    /// <summary>The id of the node that was last seen by a name; 0: none was.</summary>
    public ulong IdOf(Node parent, ReadOnlySpan<byte> name)
    {
        lock (Sync)
        {
            return namesByKey.TryGetValue(new NameKey(parent, name), out NodeName? known) ? known.Node.Id : 0;
        }
    }

    public void AddOpen(OpenFile file)
    {
        lock (Sync)
        {
            file.Next = file.Node.Open;
            file.Node.Open = file;
        }
    }

    public void RemoveOpen(OpenFile file)
    {
        lock (Sync)
        {
            if (file.Node.Open == file)
            {
                file.Node.Open = file.Next;
            }
            else
            {
                OpenFile? before = file.Node.Open;
                while (before is not null && before.Next != file)
                {
                    before = before.Next;
                }

                before?.Next = file.Next;
            }

            Discard(file.Node);
        }
    }

    /// <summary>The descriptor of one of the node's open files, for use; null when it is not open.</summary>
    public Descriptor? UseOpen(Node node)
    {
        lock (Sync)
        {
            return node.Open is { } file && file.Descriptor.TryUse() ? file.Descriptor : null;
        }
    }

    public bool HasWriter(Node node)
    {
        lock (Sync)
        {
            OpenFile? file = node.Open;
            while (file is { CanWrite: false })
            {
                file = file.Next;
            }

            return file is not null;
        }
    }

    private void ForgetHeld(Node node)
    {
        node.IsKnown = false;
        if (!node.IsForgotten)
        {
            node.IsForgotten = true;
            forgotten.Enqueue(node);
        }

        while (forgotten.Count > MaxForgotten)
        {
            Node oldest = forgotten.Dequeue();
            oldest.IsForgotten = false;
            Discard(oldest);
        }
    }

    private static void Hand(Node node)
    {
        node.WasKnown = node.IsKnown;
        node.IsKnown = true;
        node.Handed++;
    }

    private Node Identify(in Statx stat)
    {
        var identity = HostIdentity.Of(stat);
        if (byIdentity.TryGetValue(identity, out Node? known) && known.Type == (stat.Mode & ModeBits.TypeMask))
        {
            return known;
        }

        var node = new Node(++lastId, identity, stat.Mode & ModeBits.TypeMask) { IsIndexed = true };
        known?.IsIndexed = false;
        byId.Add(node.Id, node);
        byIdentity[identity] = node;
        return node;
    }

    private void Attach(NodeName name)
    {
        names.Add(name);
        name.Parent.Children++;
        name.Older = name.Node.Names;
        name.Node.Names = name;
    }

    private void Detach(NodeName name)
    {
        names.Remove(name);
        if (name.Node.Names == name)
        {
            name.Node.Names = name.Older;
        }
        else
        {
            NodeName? newer = name.Node.Names;
            while (newer is not null && newer.Older != name)
            {
                newer = newer.Older;
            }

            newer?.Older = name.Older;
        }

        name.Parent.Children--;
        Discard(name.Parent);
    }

    private void Rename(NodeName? old, NodeName? now)
    {
        if (old is not null)
        {
            Detach(old);
        }

        if (now is not null && !names.Contains(now))
        {
            Attach(now);
        }
    }

    /// <summary>A deleted inode's number is free for another, which must not be taken for it.</summary>
    private void UnindexDeleted(Node node)
    {
        bool isDeleted = node.Names is null && (node.Open is not { } open || Host.Stat(open.Descriptor.Number, out Statx stat) != 0 || stat.LinkCount == 0);
        if (isDeleted && node.IsIndexed)
        {
            node.IsIndexed = false;
            byIdentity.Remove(node.Identity);
        }
    }

    /// <summary>Lets a node go that nobody needs, and with it directories that were needed only for its names.</summary>
    private void Discard(Node node)
    {
        if (node.IsKnown || node.IsForgotten || node.Children > 0 || node.Open is not null || node == Root || !byId.Remove(node.Id))
        {
            return;
        }

        if (node.IsIndexed)
        {
            byIdentity.Remove(node.Identity);
        }

        while (node.Names is { } name)
        {
            Detach(name);
        }
    }
}
