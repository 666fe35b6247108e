using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles.Nodes;

/// <summary>Descriptors of directories, a bounded number of them, each found by walking down from the root and compared with what it was known as.</summary>
/// <remarks>A descriptor stays right when its directory is renamed; that it is still beneath the root is only known from the walk, so each is used for
/// <paramref name="freshMs"/> after it and then walked to again.</remarks>
/// <param name="nodes">The table; its lock guards this cache too.</param>
/// <param name="root">The root's descriptor; never closed.</param>
/// <param name="freshMs">Milliseconds.</param>
internal sealed class DirectoryCache(NodeTable nodes, Descriptor root, long freshMs)
{
    /// <summary>Directories that a busy tree works in at a time; a miss costs a few microseconds for each level.</summary>
    private const int Capacity = 512;

    /// <summary>Deeper than any path the kernel can walk in one call, as a bound against a loop of names.</summary>
    private const int MaxDepth = 100_000;

    private readonly LinkedList<CachedDirectory> recent = new();
    private readonly Dictionary<CachedDirectory, LinkedListNode<CachedDirectory>> places = new(ReferenceEqualityComparer.Instance);

    /// <summary>The directory's descriptor, to be let go after use; null with <see cref="FsError.Stale"/> when it is not where it was.</summary>
    public Descriptor? Use(Node directory, out FsError error)
    {
        error = FsError.None;
        return UseFresh(directory) ?? Walk(directory, out error);
    }

    /// <summary>A directory was just found by its name: keeps the descriptor, which belongs to the cache from now on.</summary>
    public void Keep(Node directory, int descriptor) => Put(directory, new Descriptor(descriptor)).LetGo();

    /// <summary>A directory was removed: what it held on the disk is free when nobody has it open.</summary>
    public void Forget(Node? directory)
    {
        lock (nodes.Sync)
        {
            if (directory?.Directory is { } cached)
            {
                Drop(cached);
            }
        }
    }

    public void Clear()
    {
        lock (nodes.Sync)
        {
            while (recent.Last is { } oldest)
            {
                Drop(oldest.Value);
            }
        }
    }

    private Descriptor? UseFresh(Node directory)
    {
        lock (nodes.Sync)
        {
            if (directory == nodes.Root)
            {
                return root.TryUse() ? root : null;
            }

            if (directory.Directory is not { } cached)
            {
                return null;
            }

            if (Environment.TickCount64 - cached.WalkedAt >= freshMs || !cached.Descriptor.TryUse())
            {
                Drop(cached);
                return null;
            }

            LinkedListNode<CachedDirectory> place = places[cached];
            if (place != recent.First)
            {
                recent.Remove(place);
                recent.AddFirst(place);
            }

            return cached.Descriptor;
        }
    }

    private Descriptor? Walk(Node directory, out FsError error)
    {
        var missing = new List<(Node Node, byte[] Name)>();
        Descriptor? above = null;
        for (Node at = directory; above is null; above = UseFresh(at))
        {
            if (missing.Count == MaxDepth || !nodes.TryGetName(at, index: 0, out Node parent, out byte[] name))
            {
                error = at.IsIndexed ? FsError.Stale : FsError.NotFound; // Removed through the door: as in any removed directory.
                return null;
            }

            missing.Add((at, name));
            at = parent;
        }

        error = FsError.None;
        for (int i = missing.Count - 1; i >= 0 && above is not null; i--)
        {
            Descriptor? below = Step(above, missing[i].Node, missing[i].Name, out error);
            above.LetGo();
            above = below;
        }

        return above;
    }

    private Descriptor? Step(Descriptor above, Node directory, byte[] name, out FsError error)
    {
        int opened = Host.OpenBeneath(above.Number, name, Flag.Path | Flag.Directory);
        if (opened < 0)
        {
            error = NodeFinder.GoneOr(-opened);
            return null;
        }

        if (Host.Stat(opened, out Statx stat) != 0 || HostIdentity.Of(stat) != directory.Identity)
        {
            _ = Libc.Close(opened);
            error = FsError.Stale;
            return null;
        }

        error = FsError.None;
        return Put(directory, new Descriptor(opened));
    }

    /// <summary>The descriptor, in use by the caller besides the cache.</summary>
    private Descriptor Put(Node directory, Descriptor descriptor)
    {
        _ = descriptor.TryUse();
        lock (nodes.Sync)
        {
            if (directory.Directory is { } before)
            {
                Drop(before);
            }

            var cached = new CachedDirectory(directory, descriptor, Environment.TickCount64);
            directory.Directory = cached;
            places.Add(cached, recent.AddFirst(cached));
            if (places.Count > Capacity)
            {
                Drop(recent.Last!.Value);
            }
        }

        return descriptor;
    }

    private void Drop(CachedDirectory cached)
    {
        if (places.Remove(cached, out LinkedListNode<CachedDirectory>? place))
        {
            recent.Remove(place);
            cached.Node.Directory = null;
            cached.Descriptor.LetGo();
        }
    }
}
