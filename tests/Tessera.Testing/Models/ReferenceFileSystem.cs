using Tessera.Core.FileSystem;

namespace Tessera.Testing.Models;

/// <summary>What a file system should do, as simply as it can be said: nodes in dictionaries, one thread, no disk. Permissions are the
/// kernel's.</summary>
public sealed class ReferenceFileSystem
{
    public ReferenceFileSystem()
        : this(new ReferenceNode(ModeBits.Directory | 0x1ED, []) { Ino = FsLimits.RootInode })
    {
    }

    public ReferenceFileSystem(ReferenceNode root) => Root = root;

    public ReferenceNode Root { get; }

    /// <summary>Everything that has a name, once, the root first.</summary>
    public IReadOnlyList<ReferenceNode> Nodes()
    {
        List<ReferenceNode> all = [Root];
        HashSet<ReferenceNode> seen = [Root];
        for (int i = 0; i < all.Count; i++)
        {
            all.AddRange(all[i].Children.Values.Where(seen.Add));
        }

        return all;
    }

    /// <summary>Makes a file without a name (O_TMPFILE).</summary>
    public static FsResult<ReferenceNode> MakeUnnamed(ReferenceNode parent, uint mode)
    {
        if (parent.Links == 0)
        {
            return FsError.NotFound;
        }

        ReferenceNode node = NewNode(parent, mode, rdev: 0, []);
        node.Links = 0;
        return node;
    }

    public static FsResult<ReferenceNode> Lookup(ReferenceNode parent, string name) =>
        !parent.IsDirectory ? FsError.NotDirectory
        : parent.Children.TryGetValue(name, out ReferenceNode? node) ? node
        : FsError.NotFound;

    public static FsResult<ReferenceNode> Make(ReferenceNode parent, string name, uint mode, byte[] target, uint rdev = 0)
    {
        FsError error = CheckNew(parent, name);
        if (error != FsError.None)
        {
            return error;
        }

        ReferenceNode node = NewNode(parent, mode, rdev, target);
        parent.Children.Add(name, node);
        parent.Links += node.IsDirectory ? 1 : 0;
        return node;
    }

    /// <summary>The inode has a name, or never had one.</summary>
    public static FsError Link(ReferenceNode node, ReferenceNode parent, string name)
    {
        if (!parent.IsDirectory)
        {
            return FsError.NotDirectory;
        }

        if (parent.Children.ContainsKey(name))
        {
            return FsError.Exists;
        }

        FsError error = node.IsDirectory ? FsError.NotPermitted : CheckNew(parent, name);
        if (error == FsError.None)
        {
            parent.Children.Add(name, node);
            node.Links++;
        }

        return error;
    }

    public static FsError Unlink(ReferenceNode parent, string name)
    {
        FsResult<ReferenceNode> found = Lookup(parent, name);
        if (!found.Ok || found.Value.IsDirectory)
        {
            return found.Ok ? FsError.IsDirectory : found.Error;
        }

        parent.Children.Remove(name);
        found.Value.Links--;
        return FsError.None;
    }

    public static FsError RemoveDirectory(ReferenceNode parent, string name)
    {
        FsResult<ReferenceNode> found = Lookup(parent, name);
        if (!found.Ok || !found.Value.IsDirectory)
        {
            return found.Ok ? FsError.NotDirectory : found.Error;
        }

        if (found.Value.Children.Count > 0)
        {
            return FsError.NotEmpty;
        }

        parent.Children.Remove(name);
        parent.Links--;
        found.Value.Links = 0;
        return FsError.None;
    }

    public static FsError Rename((ReferenceNode Parent, string Name) from, (ReferenceNode Parent, string Name) to, RenameFlags flags)
    {
        if (!from.Parent.IsDirectory || !to.Parent.IsDirectory)
        {
            return FsError.NotDirectory;
        }

        from.Parent.Children.TryGetValue(from.Name, out ReferenceNode? source);
        to.Parent.Children.TryGetValue(to.Name, out ReferenceNode? target);
        FsError error = CheckRename(source, target, flags);
        if (error != FsError.None || source == target)
        {
            return error;
        }

        bool exchange = flags == RenameFlags.Exchange;
        bool cycle = (source!.IsDirectory && IsWithin(to.Parent, source)) || (exchange && target!.IsDirectory && IsWithin(from.Parent, target));
        if (from.Parent != to.Parent && cycle)
        {
            return FsError.InvalidArgument;
        }

        if (from.Parent.Links == 0 || to.Parent.Links == 0)
        {
            return FsError.NotFound;
        }

        if (!exchange && target is { IsDirectory: true, Children.Count: > 0 })
        {
            return FsError.NotEmpty;
        }

        Move(from, to, exchange, (source, target));
        return FsError.None;
    }

    public static void Allocate(ReferenceNode node, int from, int length, AllocateModes modes)
    {
        int end = modes.HasFlag(AllocateModes.KeepSize) ? node.Data.Length : Math.Max(node.Data.Length, from + length);
        bool clears = modes.HasFlag(AllocateModes.PunchHole) || modes.HasFlag(AllocateModes.ZeroRange);
        node.Content.Clear(from, clears ? length : 0, end);
    }

    private static ReferenceNode NewNode(ReferenceNode parent, uint mode, uint rdev, byte[] target)
    {
        var node = new ReferenceNode(mode, target) { Parent = parent, Rdev = rdev };
        if ((parent.Mode & ModeBits.SetGid) != 0)
        {
            node.Gid = parent.Gid;
            node.Mode |= node.IsDirectory ? ModeBits.SetGid : 0;
        }

        return node;
    }

    private static FsError CheckNew(ReferenceNode parent, string name) =>
        !parent.IsDirectory ? FsError.NotDirectory
        : parent.Children.ContainsKey(name) ? FsError.Exists
        : parent.Links == 0 ? FsError.NotFound
        : FsError.None;

    private static FsError CheckRename(ReferenceNode? source, ReferenceNode? target, RenameFlags flags)
    {
        if (source is null || (flags == RenameFlags.Exchange && target is null))
        {
            return FsError.NotFound;
        }

        if (flags == RenameFlags.NoReplace && target is not null)
        {
            return FsError.Exists;
        }

        return flags == RenameFlags.Exchange || target is null || source == target ? FsError.None
            : source.IsDirectory && !target.IsDirectory ? FsError.NotDirectory
            : !source.IsDirectory && target.IsDirectory ? FsError.IsDirectory
            : FsError.None;
    }

    private static bool IsWithin(ReferenceNode? node, ReferenceNode ancestor)
    {
        while (node is not null && node != ancestor)
        {
            node = node.Parent;
        }

        return node == ancestor;
    }

    private static void Move(
        (ReferenceNode Parent, string Name) from, (ReferenceNode Parent, string Name) to, bool exchange, (ReferenceNode Source, ReferenceNode? Target) nodes)
    {
        Detach(from.Parent, from.Name, nodes.Source);
        if (nodes.Target is not null)
        {
            Detach(to.Parent, to.Name, nodes.Target);
        }

        Attach(to.Parent, to.Name, nodes.Source);
        if (exchange)
        {
            Attach(from.Parent, from.Name, nodes.Target!);
        }
        else if (nodes.Target is not null)
        {
            nodes.Target.Links -= nodes.Target.IsDirectory ? 2 : 1;
        }
    }

    private static void Detach(ReferenceNode parent, string name, ReferenceNode node)
    {
        parent.Children.Remove(name);
        parent.Links -= node.IsDirectory ? 1 : 0;
    }

    private static void Attach(ReferenceNode parent, string name, ReferenceNode node)
    {
        parent.Children.Add(name, node);
        parent.Links += node.IsDirectory ? 1 : 0;
        node.Parent = node.IsDirectory ? parent : node.Parent;
    }
}
