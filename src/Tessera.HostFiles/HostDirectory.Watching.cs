using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;
using Tessera.HostFiles.Watching;

namespace Tessera.HostFiles;

/// <content>Telling what others change.</content>
public sealed partial class HostDirectory
{
    private ChangeWatcher? watcher;

    /// <summary>Needs Linux 5.17, and a host file system that has handles and an id: ext4, XFS, btrfs and tmpfs do.</summary>
    public bool TryWatch(Action<FileChange> onChange)
    {
        ArgumentNullException.ThrowIfNull(onChange);
        watcher = ChangeWatcher.TryStart(nodes, finder, root.Number, onChange);
        return watcher is not null;
    }

    /// <summary>A directory is about to be told of; its descriptor.</summary>
    private void Watch(Node node, int descriptor)
    {
        if (watcher is not null && !node.IsWatched && node.IsDirectory)
        {
            watcher.Add(node, descriptor);
        }
    }

    /// <summary>The same of a directory that was listed, by name.</summary>
    private void Watch(Node node, int parent, ReadOnlySpan<byte> name)
    {
        if (watcher is null || node.IsWatched || !node.IsDirectory)
        {
            return;
        }

        int found = Host.OpenBeneath(parent, name, Flag.Path | Flag.Directory);
        if (found < 0)
        {
            return;
        }

        if (Host.Stat(found, out Statx stat) == 0 && HostIdentity.Of(stat) == node.Identity)
        {
            watcher.Add(node, found);
        }

        _ = Libc.Close(found);
    }
}
