using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles.Nodes;

/// <summary>From a node to the inode on the host: by one of its names, beneath the root, and compared with what it was known as. Never another inode.</summary>
internal sealed class NodeFinder(NodeTable nodes, DirectoryCache directories, ulong rootMount)
{
    /// <summary>What an error of resolving says of the node: it is not there any more, or was covered by a mount.</summary>
    public static FsError GoneOr(int errno) => (FsError)errno switch
    {
        FsError.NotFound or FsError.NotDirectory or FsError.TooManySymlinks or FsError.CrossDevice => FsError.Stale,
        FsError other => other,
    };

    /// <summary>A descriptor of the inode for calls that do not read or write it: an O_PATH one, or that of an open file.</summary>
    public FsError Find(Node node, out Pin pin)
    {
        pin = default;
        if (node.IsDirectory)
        {
            Descriptor? directory = directories.Use(node, out FsError error);
            if (error == FsError.NotFound && nodes.UseOpen(node) is { } removed)
            {
                directory = removed; // Removed through the door, and still open.
                error = FsError.None;
            }

            pin = directory is null ? default : new Pin(directory);
            return error;
        }

        if (nodes.UseOpen(node) is { } open)
        {
            pin = new Pin(open);
            return FsError.None;
        }

        FsError outcome = Open(node, Flag.Path, out int found, out _);
        pin = outcome == FsError.None ? new Pin(found) : default;
        return outcome;
    }

    /// <summary>The inode's attributes.</summary>
    public FsError Stat(Node node, out Statx stat)
    {
        if (!node.IsDirectory && node.Open is null)
        {
            return StatByName(node, out stat);
        }

        FsError error = Find(node, out Pin pin);
        if (error != FsError.None)
        {
            stat = default;
            return error;
        }

        using (pin)
        {
            return (FsError)(-Host.Stat(pin.Number, out stat));
        }
    }

    /// <summary>Opens the inode anew. <paramref name="flags"/> must not change what is opened (no O_TRUNC): only afterwards is it known to be the right one.</summary>
    public FsError Open(Node node, int flags, out int opened, out Statx stat)
    {
        stat = default;
        opened = -1;
        if (node.IsDirectory)
        {
            return OpenDirectory(node, flags, out opened, out stat);
        }

        FsError error = FsError.Stale;
        for (int i = 0; nodes.TryGetName(node, i, out Node parent, out byte[] name); i++)
        {
            Descriptor? directory = directories.Use(parent, out error);
            if (directory is null)
            {
                continue;
            }

            opened = Host.OpenBeneath(directory.Number, name, flags);
            directory.LetGo();
            if (opened >= 0 && Host.Stat(opened, out stat) == 0 && HostIdentity.Of(stat) == node.Identity)
            {
                return FsError.None;
            }

            error = opened < 0 ? GoneOr(-opened) : FsError.Stale;
            Close(ref opened);
            if (error != FsError.Stale)
            {
                return error;
            }
        }

        return OpenUnnamed(node, flags, ref opened, ref stat, error);
    }

    private FsError OpenDirectory(Node node, int flags, out int opened, out Statx stat)
    {
        opened = -1;
        stat = default;
        if (directories.Use(node, out FsError error) is not { } directory)
        {
            return error;
        }

        opened = Host.OpenBeneath(directory.Number, "."u8, flags | Flag.Directory);
        directory.LetGo();
        return opened < 0 ? (FsError)(-opened) : (FsError)(-Host.Stat(opened, out stat));
    }

    private static void Close(ref int opened)
    {
        if (opened >= 0)
        {
            _ = Libc.Close(opened);
            opened = -1;
        }
    }

    /// <summary>A file that was deleted or never had a name is reached through its open descriptor.</summary>
    private unsafe FsError OpenUnnamed(Node node, int flags, ref int opened, ref Statx stat, FsError otherwise)
    {
        if (nodes.UseOpen(node) is not { } open)
        {
            return otherwise;
        }

        var path = new DescriptorPath(open.Number);
        opened = Libc.Open((byte*)&path, flags | Flag.CloseOnExec, 0);
        FsError error = Host.Outcome(opened);
        open.LetGo();
        return error != FsError.None ? error : (FsError)(-Host.Stat(opened, out stat));
    }

    private FsError StatByName(Node node, out Statx stat)
    {
        stat = default;
        FsError error = FsError.Stale;
        for (int i = 0; nodes.TryGetName(node, i, out Node parent, out byte[] name); i++)
        {
            Descriptor? directory = directories.Use(parent, out error);
            if (directory is null)
            {
                continue;
            }

            int outcome = Host.Stat(directory.Number, name, out stat);
            directory.LetGo();
            if (outcome == 0 && IsOnRootMount(stat) && HostIdentity.Of(stat) == node.Identity)
            {
                return FsError.None;
            }

            error = outcome < 0 ? GoneOr(-outcome) : FsError.Stale;
        }

        return error;
    }

    public bool IsOnRootMount(in Statx stat) => (stat.Mask & Statx.MountKnown) == 0 || stat.MountId == rootMount;
}
