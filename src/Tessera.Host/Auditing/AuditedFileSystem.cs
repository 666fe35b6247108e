using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Auditing;

/// <summary>Writes down what programs do with the file system beneath: a line for each opening of a file and each change of a name or of attributes, when it has been
/// done and before it is answered. Reads, writes and listings have none, unless they are denied.</summary>
/// <remarks>An operation that would have a line is refused with EIO, and not done, while lines cannot be written: that has no line either. One that was done before that was known
/// fails with EIO, and its line follows.</remarks>
internal sealed class AuditedFileSystem(IFileSystem inner, AuditTrail trail) : ForwardingFileSystem(inner)
{
    /// <summary>The times alone: a program that copies, or reads, sets them; nothing else is changed.</summary>
    private const AttributeMask Times =
        AttributeMask.AccessTime | AttributeMask.ModifyTime | AttributeMask.AccessTimeNow | AttributeMask.ModifyTimeNow | AttributeMask.ChangeTime;

    public override async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        if ((changes.Mask & ~Times) == AttributeMask.None)
        {
            FsResult<InodeAttributes> touched = await Inner.SetAttributesAsync(caller, ino, changes).ConfigureAwait(false);
            return await DeniedAsync("set_attributes", caller, ino, touched).ConfigureAwait(false);
        }

        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("set_attributes", caller, trail.Names.PathOf(ino)) with { Detail = AuditWords.Of(changes.Mask & ~Times) };
        FsResult<InodeAttributes> result = await Inner.SetAttributesAsync(caller, ino, changes).ConfigureAwait(false);
        FsError error = await trail.EndAsync(record, result.Error).ConfigureAwait(false);
        return error == FsError.None ? result : error;
    }

    public override async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        string operation = ModeBits.IsDirectory(node.Mode) ? "mkdir" : ModeBits.IsSymlink(node.Mode) ? "symlink" : "mknod";
        AuditRecord record = trail.Begin(operation, caller, trail.Names.PathOf(parent, name.Span)) with { Target = node.Target.IsEmpty ? null : node.Target.ToArray() };
        FsResult<InodeAttributes> result = await Inner.MakeNodeAsync(caller, parent, name, node).ConfigureAwait(false);
        FsError error = await trail.EndAsync(record, result.Error).ConfigureAwait(false);
        return error == FsError.None ? result : error;
    }

    public override async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("create", caller, trail.Names.PathOf(parent, name.Span)) with { Detail = AuditWords.Of(flags) };
        return await OpenedAsync(record, await Inner.CreateAsync(caller, parent, name, mode, flags).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override async ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("create_unnamed", caller, trail.Names.PathOf(parent)) with { Detail = AuditWords.Of(flags) };
        return await OpenedAsync(record, await Inner.CreateUnnamedAsync(caller, parent, mode, flags).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("open", caller, trail.Names.PathOf(ino)) with { Detail = AuditWords.Of(flags) };
        FsResult<ulong> result = await Inner.OpenAsync(caller, ino, flags).ConfigureAwait(false);
        FsError error = await trail.EndAsync(record, result.Error).ConfigureAwait(false);
        if (error != FsError.None && result.Ok)
        {
            _ = await Inner.ReleaseAsync(ino, result.Value).ConfigureAwait(false);
        }

        return error == FsError.None ? result : error;
    }

    public override async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("link", caller, trail.Names.PathOf(ino)) with { NewPath = trail.Names.PathOf(newParent, newName.Span) };
        FsResult<InodeAttributes> result = await Inner.LinkAsync(caller, ino, newParent, newName).ConfigureAwait(false);
        FsError error = await trail.EndAsync(record, result.Error).ConfigureAwait(false);
        return error == FsError.None ? result : error;
    }

    public override async ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("unlink", caller, trail.Names.PathOf(parent, name.Span));
        return await trail.EndAsync(record, await Inner.UnlinkAsync(caller, parent, name).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override async ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("rmdir", caller, trail.Names.PathOf(parent, name.Span));
        return await trail.EndAsync(record, await Inner.RemoveDirectoryAsync(caller, parent, name).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("rename", caller, trail.Names.PathOf(from.Parent, from.Name.Span)) with
        {
            NewPath = trail.Names.PathOf(to.Parent, to.Name.Span),
            Detail = flags.HasFlag(RenameFlags.Exchange) ? "exchange" : null,
        };
        return await trail.EndAsync(record, await Inner.RenameAsync(caller, from, to, flags).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override async ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("set_xattr", caller, trail.Names.PathOf(ino)) with { Detail = Encoding.UTF8.GetString(name.Span) };
        return await trail.EndAsync(record, await Inner.SetXattrAsync(caller, ino, name, value, flags).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public override async ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name)
    {
        if (trail.IsRefusing)
        {
            return FsError.IO;
        }

        AuditRecord record = trail.Begin("remove_xattr", caller, trail.Names.PathOf(ino)) with { Detail = Encoding.UTF8.GetString(name.Span) };
        return await trail.EndAsync(record, await Inner.RemoveXattrAsync(caller, ino, name).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>A write that is durable when it is answered (O_DSYNC) is as an fsync.</summary>
    public override ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags) =>
        flags.HasFlag(WriteFlags.DataSync) ? WriteDurablyAsync(caller, span, content, flags) : Inner.WriteAsync(caller, span, content, flags);

    /// <summary>What survives a power cut has its record there, too.</summary>
    public override async ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        await trail.Sink.SettleAsync().ConfigureAwait(false);
        return await Inner.SyncAsync(caller, ino, dataOnly).ConfigureAwait(false);
    }

    public override async ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        await DeniedAsync("read_link", caller, ino, await Inner.ReadLinkAsync(caller, ino, destination).ConfigureAwait(false)).ConfigureAwait(false);

    public override async ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) =>
        await DeniedAsync("list", caller, ino, await Inner.OpenDirectoryAsync(caller, ino).ConfigureAwait(false)).ConfigureAwait(false);

    public override async ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        await DeniedAsync("get_xattr", caller, ino, await Inner.GetXattrAsync(caller, ino, name, destination).ConfigureAwait(false)).ConfigureAwait(false);

    public override async ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        await DeniedAsync("list_xattrs", caller, ino, await Inner.ListXattrsAsync(caller, ino, destination).ConfigureAwait(false)).ConfigureAwait(false);

    private async ValueTask<FsResult<int>> WriteDurablyAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        await trail.Sink.SettleAsync().ConfigureAwait(false);
        return await Inner.WriteAsync(caller, span, content, flags).ConfigureAwait(false);
    }

    /// <summary>Only a refusal has a line.</summary>
    private async ValueTask<FsResult<T>> DeniedAsync<T>(string operation, Caller caller, ulong ino, FsResult<T> result)
    {
        if (result.Error == FsError.AccessDenied && !trail.IsRefusing)
        {
            _ = await trail.EndAsync(trail.Begin(operation, caller, trail.Names.PathOf(ino)), result.Error).ConfigureAwait(false);
        }

        return result;
    }

    private async ValueTask<FsResult<OpenedFile>> OpenedAsync(AuditRecord record, FsResult<OpenedFile> result)
    {
        FsError error = await trail.EndAsync(record, result.Error).ConfigureAwait(false);
        if (error != FsError.None && result.Ok)
        {
            _ = await Inner.ReleaseAsync(result.Value.Attributes.Ino, result.Value.Handle).ConfigureAwait(false);
        }

        return error == FsError.None ? result : error;
    }
}
