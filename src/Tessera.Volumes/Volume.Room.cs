using Tessera.Core.FileSystem;
using Tessera.Volumes.Acls;

namespace Tessera.Volumes;

/// <summary>Operations that take room. What was deleted a moment ago gives its room back in the background: who finds none waits for that and tries once more.</summary>
public sealed partial class Volume
{
    public async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        FsResult<InodeAttributes> made = await TryMakeNodeAsync(caller, parent, name, node);
        return await HasMoreRoomAsync(made.Error) ? await TryMakeNodeAsync(caller, parent, name, node) : made;
    }

    public async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        FsResult<OpenedFile> made = await TryCreateAsync(caller, parent, name, mode, flags);
        return await HasMoreRoomAsync(made.Error) ? await TryCreateAsync(caller, parent, name, mode, flags) : made;
    }

    public async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        FsResult<InodeAttributes> linked = await TryLinkAsync(caller, ino, newParent, newName);
        return await HasMoreRoomAsync(linked.Error) ? await TryLinkAsync(caller, ino, newParent, newName) : linked;
    }

    public async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        FsError error = await renamer.RenameAsync(caller, from, to, flags);
        return await HasMoreRoomAsync(error) ? await renamer.RenameAsync(caller, from, to, flags) : error;
    }

    public async ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        FsError error = await TrySetXattrAsync(caller, ino, name, value, flags);
        return await HasMoreRoomAsync(error) ? await TrySetXattrAsync(caller, ino, name, value, flags) : error;
    }

    private ValueTask<FsError> TrySetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        AclStore.KindOf(name.Span) is { } kind ? acls.SetAsync(caller, ino, kind, value, flags) : xattrs.SetAsync(caller, ino, name, value, flags);

    /// <summary>Whether an operation that failed so is worth another attempt: there was something to collect, and it is collected. No lock is held.</summary>
    private ValueTask<bool> HasMoreRoomAsync(FsError error) =>
        error != FsError.NoSpace || orphans.Count == 0 ? new(false) : CollectAsync();

    private async ValueTask<bool> CollectAsync()
    {
        await orphans.CollectQueuedAsync();
        return true;
    }
}
