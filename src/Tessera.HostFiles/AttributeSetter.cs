using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <summary>chmod(2), chown(2), truncate(2), utimensat(2) and chattr(1) on an inode of the host: one call each, in an order in which none undoes another.</summary>
internal sealed unsafe class AttributeSetter(NodeTable nodes, NodeFinder finder, OpenFiles files)
{
    private const uint Unchanged = uint.MaxValue;
    private const AttributeMask Times = AttributeMask.AccessTime | AttributeMask.AccessTimeNow | AttributeMask.ModifyTime | AttributeMask.ModifyTimeNow;

    /// <param name="caller">Who asks.</param>
    /// <param name="node">The inode.</param>
    /// <param name="descriptor">It, opened at least by its path.</param>
    /// <param name="before">What it is before.</param>
    /// <param name="changes">What is to change.</param>
    public FsError Apply(in Caller caller, Node node, int descriptor, in Statx before, in AttributeChanges changes)
    {
        FsError error = TakesPrivilegesUnasked(caller, node, before, changes.Mask) ? FsError.NotPermitted : ChangeOwner(caller, descriptor, changes);
        error = error == FsError.None ? ChangeMode(descriptor, changes) : error;
        error = error == FsError.None ? Truncate(caller, node, descriptor, changes) : error;
        error = error == FsError.None ? ChangeTimes(descriptor, changes) : error;
        return error == FsError.None ? ChangeFlags(node, changes) : error;
    }

    /// <summary>Privileges alone are taken by what writes to an open file, and by chown(2) of nobody new, which no kernel checks and which looks the same.
    /// Only the latter comes for a file that nobody has open for writing, and then only the owner may. Who has opened it does not matter: refused here, a write to a descriptor that was handed on would fail.</summary>
    private bool TakesPrivilegesUnasked(in Caller caller, Node node, in Statx before, AttributeMask mask) =>
        mask == AttributeMask.KillPrivileges && !caller.IsUnknown && (before.Mode & (ModeBits.SetUid | ModeBits.SetGid)) != 0
        && caller.Uid != 0 && caller.Uid != before.Uid && !nodes.HasWriter(node);

    /// <summary>chown(2) itself clears suid and sgid, also when it changes neither owner nor group; but as it is this process that calls it, not
    /// what only a caller outside the group takes.</summary>
    private static FsError ChangeOwner(in Caller caller, int descriptor, in AttributeChanges changes)
    {
        bool clears = changes.Mask == AttributeMask.KillPrivileges;
        if (!clears && (changes.Mask & (AttributeMask.Uid | AttributeMask.Gid)) == AttributeMask.None)
        {
            return FsError.None;
        }

        uint uid = (changes.Mask & AttributeMask.Uid) != AttributeMask.None ? changes.Uid : Unchanged;
        uint gid = (changes.Mask & AttributeMask.Gid) != AttributeMask.None ? changes.Gid : Unchanged;
        bool isKnown = Host.Stat(descriptor, out Statx before) == 0;
        byte empty = 0;
        FsError error = Host.Outcome(Libc.ChangeOwner(descriptor, &empty, uid, gid, Flag.AtEmptyPath));
        if (error == FsError.None && isKnown && caller.Uid != 0)
        {
            Privileges.Clear(descriptor, before, caller);
        }

        return error;
    }

    private static FsError ChangeMode(int descriptor, in AttributeChanges changes)
    {
        if ((changes.Mask & AttributeMask.Mode) == AttributeMask.None)
        {
            return FsError.None;
        }

        var path = new DescriptorPath(descriptor);
        return Host.Outcome(Libc.ChangeMode((byte*)&path, changes.Mode & ModeBits.PermissionMask));
    }

    private FsError Truncate(in Caller caller, Node node, int descriptor, in AttributeChanges changes)
    {
        if ((changes.Mask & AttributeMask.Size) == AttributeMask.None)
        {
            return FsError.None;
        }

        if (changes.Size > FsLimits.MaxFileSize)
        {
            return FsError.FileTooBig;
        }

        var path = new DescriptorPath(descriptor);
        int outcome = files.Find(node.Id, changes.Handle) is { } open
            ? Libc.Truncate(open.Descriptor.Number, (long)changes.Size)
            : Libc.Truncate((byte*)&path, (long)changes.Size);
        FsError error = Host.Outcome(outcome);
        if (error == FsError.None && (changes.Mask & AttributeMask.KillPrivileges) != AttributeMask.None)
        {
            Privileges.Clear(descriptor, caller);
        }

        return error;
    }

    private static FsError ChangeTimes(int descriptor, in AttributeChanges changes)
    {
        if ((changes.Mask & Times) == AttributeMask.None)
        {
            return FsError.None;
        }

        TimeSpec* times = stackalloc TimeSpec[2];
        times[0] = Time(changes.Mask, AttributeMask.AccessTimeNow, AttributeMask.AccessTime, changes.AccessTime);
        times[1] = Time(changes.Mask, AttributeMask.ModifyTimeNow, AttributeMask.ModifyTime, changes.ModifyTime);
        byte empty = 0;
        return Host.Outcome(Libc.ChangeTimes(descriptor, &empty, times, Flag.AtEmptyPath));
    }

    private static TimeSpec Time(AttributeMask mask, AttributeMask now, AttributeMask set, Timestamp value) =>
        (mask & now) != AttributeMask.None ? new TimeSpec { Nanoseconds = Flag.TimeNow }
        : (mask & set) != AttributeMask.None ? new TimeSpec { Seconds = value.Seconds, Nanoseconds = value.Nanoseconds }
        : new TimeSpec { Nanoseconds = Flag.TimeOmit };

    /// <summary>Flags of the host that are not among ours stay; so does FS_NOATIME_FL unless it is asked for, because statx(2) does not tell it.</summary>
    private FsError ChangeFlags(Node node, in AttributeChanges changes)
    {
        if ((changes.Mask & AttributeMask.Flags) == AttributeMask.None)
        {
            return FsError.None;
        }

        if (node.Type is not (ModeBits.Regular or ModeBits.Directory))
        {
            return FsError.NotSupported;
        }

        FsError error = finder.Open(node, Flag.NonBlocking, out int opened, out _);
        if (error != FsError.None)
        {
            return error;
        }

        const InodeFlags Told = InodeFlags.Immutable | InodeFlags.AppendOnly | InodeFlags.NoDump;
        InodeFlags flags;
        error = Host.Outcome(Libc.Control(opened, Flag.GetInodeFlags, &flags));
        if (error == FsError.None)
        {
            flags = (flags & ~Told) | changes.Flags;
            error = Host.Outcome(Libc.Control(opened, Flag.SetInodeFlags, &flags));
        }

        _ = Libc.Close(opened);
        return error;
    }
}
