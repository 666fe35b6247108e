using Tessera.Core.FileSystem;
using Tessera.Volumes.Acls;

namespace Tessera.Volumes;

/// <summary>Operations that take room. What was deleted a moment ago gives its room back in the background: who finds none waits for that and tries again.</summary>
public sealed partial class Volume
{
    /// <summary>However fast others delete, and take what comes free: nobody waits for ever.</summary>
    private const int MostTriesForRoom = 4;

    public async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        for (int tries = 1; ; tries++)
        {
            long collected = orphans.Collected;
            FsResult<InodeAttributes> made = await TryMakeNodeAsync(caller, parent, name, node);
            if (!await HasMoreRoomAsync(made.Error, tries, collected))
            {
                return made;
            }
        }
    }

    public async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        for (int tries = 1; ; tries++)
        {
            long collected = orphans.Collected;
            FsResult<OpenedFile> made = await TryCreateAsync(caller, parent, name, mode, flags);
            if (!await HasMoreRoomAsync(made.Error, tries, collected))
            {
                return made;
            }
        }
    }

    public async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        for (int tries = 1; ; tries++)
        {
            long collected = orphans.Collected;
            FsResult<InodeAttributes> linked = await TryLinkAsync(caller, ino, newParent, newName);
            if (!await HasMoreRoomAsync(linked.Error, tries, collected))
            {
                return linked;
            }
        }
    }

    public async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        for (int tries = 1; ; tries++)
        {
            long collected = orphans.Collected;
            FsError error = await renamer.RenameAsync(caller, from, to, flags);
            if (!await HasMoreRoomAsync(error, tries, collected))
            {
                return error;
            }
        }
    }

    public async ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        for (int tries = 1; ; tries++)
        {
            long collected = orphans.Collected;
            FsError error = await TrySetXattrAsync(caller, ino, name, value, flags);
            if (!await HasMoreRoomAsync(error, tries, collected))
            {
                return error;
            }
        }
    }

    private ValueTask<FsError> TrySetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        AclStore.KindOf(name.Span) is { } kind ? acls.SetAsync(caller, ino, kind, value, flags) : xattrs.SetAsync(caller, ino, name, value, flags);

    /// <summary>Whether an operation that failed so is worth another attempt: there was something to collect, and it is collected, or it was while the operation waited: then its room came
    /// too late for that. No lock is held.</summary>
    /// <param name="error">How it ended.</param>
    /// <param name="tries">How often it was tried.</param>
    /// <param name="collected">What was collected before the last attempt.</param>
    private ValueTask<bool> HasMoreRoomAsync(FsError error, int tries, long collected) =>
        error == FsError.NoSpace && tries < MostTriesForRoom && (orphans.Collected != collected || (tries == 1 && orphans.Count > 0)) ? CollectAsync() : new(false);

    private async ValueTask<bool> CollectAsync()
    {
        await orphans.CollectQueuedAsync();
        return true;
    }
}
