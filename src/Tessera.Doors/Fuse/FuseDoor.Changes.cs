using Tessera.Core.FileSystem;

namespace Tessera.Doors.Fuse;

/// <content>What others changed, told to the kernel.</content>
public sealed partial class FuseDoor
{
    private const long AttributesOnly = -1;

    /// <summary>The kernel forgets what it knows of what others changed, and asks when it is needed. Names are only asked for again, not dropped: what is still there keeps its
    /// inode, and what is mounted on it.</summary>
    /// <remarks>May wait for what programs do in the same directory: not to be called by who answers them.</remarks>
    public void Forget(FileChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (Notifier is not { } kernel)
        {
            return;
        }

        if (change.Kinds == ChangeKinds.Everything)
        {
            _ = kernel.IncrementEpoch(); // Attributes and data are believed for CacheTime.
            return;
        }

        if ((change.Kinds & (ChangeKinds.Created | ChangeKinds.Deleted | ChangeKinds.Renamed)) != ChangeKinds.None)
        {
            ForgetName(change.Name);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Renamed))
        {
            ForgetName(change.NewName);
        }

        if (change.Ino != 0)
        {
            bool isData = (change.Kinds & (ChangeKinds.Modified | ChangeKinds.Written)) != ChangeKinds.None;
            _ = kernel.InvalidateInode(change.Ino, isData ? 0 : AttributesOnly);
        }
    }

    /// <summary>The kernel forgets content and attributes of one inode.</summary>
    public void Forget(ulong ino) => _ = Notifier?.InvalidateInode(ino, 0);

    /// <summary>The inode of a change is gone, and this was its last name: watches on it are told, and end.</summary>
    public void Delete(FileChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        _ = Notifier?.Delete(change.Name.Parent, change.Ino, change.Name.Name);
    }

    private void ForgetName(in ChangedName changed)
    {
        _ = Notifier!.InvalidateEntry(changed.Parent, changed.Name, expireOnly: true);
        _ = Notifier.InvalidateInode(changed.Parent);
    }
}
