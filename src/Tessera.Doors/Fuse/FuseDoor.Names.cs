using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Fuse;
using RenameFlags = Tessera.Core.FileSystem.RenameFlags;

namespace Tessera.Doors.Fuse;

/// <summary>Operations on names and attributes.</summary>
public sealed partial class FuseDoor
{
    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name)
    {
        if (isCutOff)
        {
            return new(Errno.ENOTCONN);
        }

        ValueTask<FsResult<InodeAttributes>> task = files.LookupAsync(CallerOf(request), request.NodeId, name);
        return task.IsCompletedSuccessfully ? new(Found(task.Result)) : Await(this, task);

        static async ValueTask<FuseResult<FuseEntry>> Await(FuseDoor door, ValueTask<FsResult<InodeAttributes>> task) =>
            door.Found(await task.ConfigureAwait(false));
    }

    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest request, GetAttributesArguments arguments) =>
        isCutOff ? new(Errno.ENOTCONN) : Map(files.GetAttributesAsync(CallerOf(request), request.NodeId), toAttributes);

    public override ValueTask<FuseResult<FuseStatxReply>> Statx(FuseRequest request, StatxArguments arguments) =>
        isCutOff ? new(Errno.ENOTCONN) : Map(files.GetAttributesAsync(CallerOf(request), request.NodeId), toStatx);

    public override ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest request, SetAttributesArguments arguments)
    {
        if (isCutOff)
        {
            return new(Errno.ENOTCONN);
        }

        AttributeChanges changes = Attributes.Decode(arguments);
        return TryUnshow(ref changes)
            ? Map(files.SetAttributesAsync(CallerOf(request), request.NodeId, changes), toAttributes)
            : new(Errno.EPERM);
    }

    public override ValueTask<Errno> Access(FuseRequest request, uint mask) =>
        Map(files.AccessAsync(CallerOf(request), request.NodeId, (int)mask));

    public override ValueTask<FuseResult<FuseStatFs>> StatFs(FuseRequest request) =>
        Map(files.GetStatisticsAsync(CallerOf(request)), static statistics => new FuseStatFs
        {
            Blocks = statistics.Blocks,
            FreeBlocks = statistics.FreeBlocks,
            AvailableBlocks = statistics.AvailableBlocks,
            Files = statistics.Files,
            FreeFiles = statistics.FreeFiles,
            BlockSize = statistics.BlockSize,
            FragmentSize = statistics.BlockSize,
            NameLength = FsLimits.MaxName,
        });

    public override ValueTask<FuseResult<FuseEntry>> MakeNode(FuseRequest request, ReadOnlyMemory<byte> name, MakeNodeArguments arguments) =>
        Make(request, name, new NewNode(arguments.Mode, arguments.Device, default), arguments.Umask);

    public override ValueTask<FuseResult<FuseEntry>> MakeDirectory(FuseRequest request, ReadOnlyMemory<byte> name, MakeDirectoryArguments arguments) =>
        Make(request, name, new NewNode((arguments.Mode & ModeBits.PermissionMask) | ModeBits.Directory, 0, default), arguments.Umask);

    public override ValueTask<FuseResult<FuseEntry>> Symlink(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> target) =>
        Make(request, name, new NewNode(ModeBits.Symlink | 0x1FF, 0, target), umask: 0);

    public override ValueTask<FuseResult<int>> ReadLink(FuseRequest request, Memory<byte> target) =>
        isCutOff ? new(Errno.ENOTCONN) : Map(files.ReadLinkAsync(CallerOf(request), request.NodeId, target));

    public override ValueTask<FuseResult<FuseEntry>> Link(FuseRequest request, ulong existingNodeId, ReadOnlyMemory<byte> newName) =>
        Map(files.LinkAsync(CallerOf(request), existingNodeId, request.NodeId, newName), toEntry);

    public override ValueTask<Errno> Unlink(FuseRequest request, ReadOnlyMemory<byte> name) =>
        Map(files.UnlinkAsync(CallerOf(request), request.NodeId, name));

    public override ValueTask<Errno> RemoveDirectory(FuseRequest request, ReadOnlyMemory<byte> name) =>
        Map(files.RemoveDirectoryAsync(CallerOf(request), request.NodeId, name));

    public override ValueTask<Errno> Rename(
        FuseRequest request, ReadOnlyMemory<byte> name, ulong newParent, ReadOnlyMemory<byte> newName, Tessera.Fuse.RenameFlags flags) =>
        Map(files.RenameAsync(
            CallerOf(request),
            new DirectoryEntry(request.NodeId, name),
            new DirectoryEntry(newParent, newName),
            (RenameFlags)flags));

    public override ValueTask<FuseResult<FuseCreated>> Create(FuseRequest request, ReadOnlyMemory<byte> name, CreateArguments arguments) =>
        Map(files.CreateAsync(CallerOf(request) with { Umask = arguments.Umask }, request.NodeId, name, arguments.Mode, FlagsOf(arguments.Flags, arguments.OpenFlags)), toCreated);

    public override ValueTask<FuseResult<FuseCreated>> TmpFile(FuseRequest request, CreateArguments arguments) =>
        Map(files.CreateUnnamedAsync(CallerOf(request) with { Umask = arguments.Umask }, request.NodeId, arguments.Mode, FlagsOf(arguments.Flags, arguments.OpenFlags)), toCreated);

    public override ValueTask<FuseResult<int>> GetXattr(FuseRequest request, ReadOnlyMemory<byte> name, Memory<byte> value) =>
        isCutOff ? new(Errno.ENOTCONN)
        : OwnAttribute.IsOne(name.Span) ? OwnAttribute.ReadAsync(options.OwnAttributes, name, value)
        : Map(files.GetXattrAsync(CallerOf(request), request.NodeId, name, value));

    public override ValueTask<FuseResult<int>> ListXattr(FuseRequest request, Memory<byte> names) =>
        isCutOff ? new(Errno.ENOTCONN) : Map(files.ListXattrsAsync(CallerOf(request), request.NodeId, names));

    public override ValueTask<Errno> SetXattr(
        FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, SetXattrArguments arguments) =>
        options.SetOwnAttribute is { } set && request.NodeId == FsLimits.RootInode && OwnAttribute.IsOne(name.Span)
            ? new((Errno)set(CallerOf(request), Encoding.UTF8.GetString(name.Span), value.Span))
            : Map(files.SetXattrAsync(CallerOf(request), request.NodeId, name, value, Attributes.Decode(arguments)));

    public override ValueTask<Errno> RemoveXattr(FuseRequest request, ReadOnlyMemory<byte> name) =>
        Map(files.RemoveXattrAsync(CallerOf(request), request.NodeId, name));

    private ValueTask<FuseResult<FuseEntry>> Make(FuseRequest request, ReadOnlyMemory<byte> name, NewNode node, uint umask) =>
        Map(files.MakeNodeAsync(CallerOf(request) with { Umask = umask }, request.NodeId, name, node), toEntry);

    /// <summary>Who is shown as the owner of everything cannot be changed; giving it to him again changes nothing.</summary>
    private bool TryUnshow(ref AttributeChanges changes)
    {
        bool uid = options.Uid is not null && changes.Mask.HasFlag(AttributeMask.Uid);
        bool gid = options.Gid is not null && changes.Mask.HasFlag(AttributeMask.Gid);
        if ((uid && changes.Uid != options.Uid) || (gid && changes.Gid != options.Gid))
        {
            return false;
        }

        changes.Mask &= ~((uid ? AttributeMask.Uid : AttributeMask.None) | (gid ? AttributeMask.Gid : AttributeMask.None));
        return true;
    }

    /// <summary>A name that is not there is an entry too (node 0): the kernel remembers it, and does not ask before each creation.</summary>
    private FuseResult<FuseEntry> Found(FsResult<InodeAttributes> result)
    {
        if (result.Ok)
        {
            return result.Value is { IsMomentary: true, Ino: 0 } ? new FuseEntry() : ToEntry(result.Value);
        }

        return result.Error == FsError.NotFound ? new FuseEntry { EntryTimeout = options.NegativeTime ?? options.EntryTime ?? options.CacheTime } : (Errno)result.Error;
    }
}
