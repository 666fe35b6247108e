using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <content>Operations that make, move and remove names.</content>
public sealed unsafe partial class HostDirectory
{
    /// <summary>Of a file that is made without a name.</summary>
    private static ReadOnlySpan<byte> AnyName => "unnamed"u8;

    public ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        if (!TryPin(ino, out _, out Pin pin, out FsError error))
        {
            return new(error);
        }

        byte empty = 0;
        using (pin)
        fixed (byte* buffer = destination.Span)
        {
            return new(Length(Libc.ReadLink(pin.Number, &empty, buffer, (nuint)destination.Length)));
        }
    }

    public ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        Descriptor? directory = UseForChange(parent, name.Span, out Node? above, out FsError error);
        if (directory is null)
        {
            return new(error);
        }

        using (CallerScope.Enter(caller, actsForOthers))
        {
            error = Make(directory.Number, name.Span, node);
        }

        FsResult<InodeAttributes> made = error == FsError.None ? LookUp(directory.Number, above!, name.Span) : error;
        directory.LetGo();
        return new(made);
    }

    /// <summary>A name that somebody else has made meanwhile is <see cref="FsError.Stale"/>: the kernel, which did not know it, looks it up then, and checks
    /// what the caller may do with it before it opens it.</summary>
    public ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        Descriptor? directory = UseForChange(parent, name.Span, out Node? above, out FsError error);
        if (directory is null)
        {
            return new(error);
        }

        int opened;
        using (CallerScope.Enter(caller, actsForOthers))
        {
            opened = Host.CreateBeneath(directory.Number, name.Span, HostFlags(flags) | (int)(OpenFlags.Create | OpenFlags.Exclusive), mode);
        }

        directory.LetGo();
        if (opened < 0)
        {
            bool raced = -opened == (int)FsError.Exists && !flags.HasFlag(OpenFlags.Exclusive);
            return new(raced ? FsError.Stale : (FsError)(-opened));
        }

        error = (FsError)(-Host.Stat(opened, out Statx stat));
        if (error != FsError.None)
        {
            _ = Libc.Close(opened);
            return new(error);
        }

        return new(AddOpened(nodes.Learn(above!, name.Span, stat), opened, stat, flags, IsWriting(flags)));
    }

    public ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        Descriptor? directory = UseForChange(parent, AnyName, out _, out FsError error);
        if (directory is null)
        {
            return new(error);
        }

        int opened;
        using (CallerScope.Enter(caller, actsForOthers))
        {
            opened = Host.CreateBeneath(directory.Number, "."u8, HostFlags(flags) | Flag.TemporaryFile | (int)(flags & OpenFlags.Exclusive), mode);
        }

        directory.LetGo();
        error = opened < 0 ? (FsError)(-opened) : FsError.None;
        Statx stat = default;
        if (error == FsError.None && (error = (FsError)(-Host.Stat(opened, out stat))) != FsError.None)
        {
            _ = Libc.Close(opened);
        }

        return new(error == FsError.None ? AddOpened(nodes.LearnUnnamed(stat), opened, stat, flags, IsWriting(flags)) : error);
    }

    public ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        Descriptor? directory = UseForChange(newParent, newName.Span, out Node? above, out FsError error);
        if (directory is null)
        {
            return new(error);
        }

        FsResult<InodeAttributes> made = Link(ino, directory.Number, above!, newName.Span);
        directory.LetGo();
        return new(made);
    }

    public ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) => new(Remove(parent, name.Span, 0));

    public ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        new(Remove(parent, name.Span, Flag.AtRemoveDirectory));

    public ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        Descriptor? source = UseForChange(from.Parent, from.Name.Span, out Node? fromParent, out FsError error);
        if (source is null)
        {
            return new(error);
        }

        Descriptor? target = UseForChange(to.Parent, to.Name.Span, out Node? toParent, out error);
        if (target is not null)
        {
            var oldName = new NameBuffer(from.Name.Span);
            var newName = new NameBuffer(to.Name.Span);
            using (CallerScope.Enter(caller, actsForOthers)) // A whiteout is made.
            {
                error = Host.Outcome(Libc.Rename(source.Number, (byte*)&oldName, target.Number, (byte*)&newName, (uint)flags));
            }

            target.LetGo();
        }

        source.LetGo();
        if (error == FsError.None)
        {
            directories.Forget(nodes.Move(
                new NameKey(fromParent!, from.Name.Span), new NameKey(toParent!, to.Name.Span), flags.HasFlag(RenameFlags.Exchange)));
        }

        return new(error);
    }

    private static FsError Make(int directory, ReadOnlySpan<byte> name, in NewNode node)
    {
        var terminated = new NameBuffer(name);
        byte* path = (byte*)&terminated;
        switch (node.Mode & ModeBits.TypeMask)
        {
            case ModeBits.Directory:
                return Host.Outcome(Libc.MakeDirectory(directory, path, node.Mode & ModeBits.PermissionMask));
            case ModeBits.Symlink:
                byte* target = stackalloc byte[FsLimits.MaxSymlink + 1];
                int length = Math.Min(node.Target.Length, FsLimits.MaxSymlink);
                node.Target.Span[..length].CopyTo(new Span<byte>(target, length));
                target[length] = 0;
                return node.Target.Length > length ? FsError.NameTooLong : Host.Outcome(Libc.Symlink(target, directory, path));
            default:
                return Host.Outcome(Libc.MakeNode(directory, path, node.Mode, HostAttributes.Device(node.Rdev)));
        }
    }

    private FsResult<InodeAttributes> Link(ulong ino, int directory, Node parent, ReadOnlySpan<byte> name)
    {
        if (!TryPin(ino, out _, out Pin pin, out FsError error))
        {
            return error;
        }

        using (pin)
        {
            var from = new DescriptorPath(pin.Number);
            var to = new NameBuffer(name);
            error = Host.Outcome(Libc.Link(Flag.AtCurrentDirectory, (byte*)&from, directory, (byte*)&to, Flag.AtFollow));
            return error == FsError.None ? LookUp(directory, parent, name) : error;
        }
    }

    private FsError Remove(ulong parent, ReadOnlySpan<byte> name, int flags)
    {
        Descriptor? directory = UseForChange(parent, name, out Node? above, out FsError error);
        if (directory is null)
        {
            return error;
        }

        var terminated = new NameBuffer(name);
        error = Host.Outcome(Libc.Unlink(directory.Number, (byte*)&terminated, flags));
        directory.LetGo();
        if (error == FsError.None)
        {
            directories.Forget(nodes.Remove(above!, name));
        }

        return error;
    }

    private Descriptor? UseForChange(ulong parent, ReadOnlySpan<byte> name, out Node? node, out FsError error)
    {
        node = nodes.Find(parent);
        error = options.ReadOnly ? FsError.ReadOnly : IsName(name) ? FsError.Stale : FsError.InvalidArgument;
        if (node is null || error != FsError.Stale)
        {
            return null;
        }

        Blocking.Announce();
        return directories.Use(node, out error);
    }
}
