using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Server;

/// <summary>What is exported, as one session has it: the inodes that it holds, and what the others change. What it changes itself it tells them.</summary>
internal sealed class ExportedFiles(SharedExport export) : ForwardingFileSystem(export.Source.Files), IWatchedFiles
{
    private static readonly ChangedName Nowhere = new(0, [], []);

    private readonly ConcurrentDictionary<ulong, bool> held = new();
    private volatile Action<FileChange>? onChange;
    private volatile FileChange? lastWritten;

    public bool TryWatch(Action<FileChange> onChange)
    {
        this.onChange = onChange;
        return export.IsWatched;
    }

    /// <summary>Another session, or somebody else, has changed something.</summary>
    public void Hear(FileChange change) => onChange?.Invoke(change);

    /// <summary>The session is told of an inode; false: it held it already.</summary>
    public bool Hold(ulong ino)
    {
        if (ino == FsLimits.RootInode || !held.TryAdd(ino, value: true))
        {
            return false;
        }

        export.Hold(ino);
        return true;
    }

    public override void Forget(ulong ino)
    {
        if (held.TryRemove(ino, out _))
        {
            export.Release(ino);
        }
    }

    public override async ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        Told(await Inner.LookupAsync(caller, parent, name).ConfigureAwait(false));

    public override async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        FsResult<InodeAttributes> changed = await Inner.SetAttributesAsync(caller, ino, changes).ConfigureAwait(false);
        if (changed.Ok && export.HasOthers)
        {
            Tell(changes.Mask.HasFlag(AttributeMask.Size) ? ChangeKinds.Modified | ChangeKinds.Attributes : ChangeKinds.Attributes, ino);
        }

        return changed;
    }

    public override async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        FsResult<InodeAttributes> made = Told(await Inner.MakeNodeAsync(caller, parent, name, node).ConfigureAwait(false));
        if (made.Ok)
        {
            TellName(ChangeKinds.Created, parent, name, made.Value.Ino, ModeBits.IsDirectory(made.Value.Mode));
        }

        return made;
    }

    public override async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        FsResult<OpenedFile> made = await Inner.CreateAsync(caller, parent, name, mode, flags).ConfigureAwait(false);
        if (made.Ok)
        {
            Hold(made.Value.Attributes.Ino);
            ChangeKinds kinds = flags.HasFlag(OpenFlags.Truncate) ? ChangeKinds.Created | ChangeKinds.Modified : ChangeKinds.Created;
            TellName(kinds, parent, name, made.Value.Attributes.Ino, isDirectory: false);
        }

        return made;
    }

    public override async ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        FsResult<OpenedFile> made = await Inner.CreateUnnamedAsync(caller, parent, mode, flags).ConfigureAwait(false);
        if (made.Ok)
        {
            Hold(made.Value.Attributes.Ino);
        }

        return made;
    }

    public override async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        FsResult<InodeAttributes> linked = Told(await Inner.LinkAsync(caller, ino, newParent, newName).ConfigureAwait(false));
        if (linked.Ok)
        {
            TellName(ChangeKinds.Created | ChangeKinds.Attributes, newParent, newName, ino, isDirectory: false);
        }

        return linked;
    }

    public override async ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        ulong ino = await InoOfAsync(parent, name).ConfigureAwait(false);
        FsError error = await Inner.UnlinkAsync(caller, parent, name).ConfigureAwait(false);
        return Done(error, ChangeKinds.Deleted, parent, name, ino, isDirectory: false);
    }

    public override async ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        FsError error = await Inner.RemoveDirectoryAsync(caller, parent, name).ConfigureAwait(false);
        return Done(error, ChangeKinds.Deleted, parent, name, ino: 0, isDirectory: true);
    }

    public override async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        ulong moved = await InoOfAsync(from.Parent, from.Name).ConfigureAwait(false);
        ulong replaced = await InoOfAsync(to.Parent, to.Name).ConfigureAwait(false);
        FsError error = await Inner.RenameAsync(caller, from, to, flags).ConfigureAwait(false);
        if (error == FsError.None && export.HasOthers)
        {
            export.Tell(this, new FileChange(ChangeKinds.Renamed, IsDirectory: false, NameOf(from.Parent, from.Name)) { NewName = NameOf(to.Parent, to.Name), Ino = moved });
            if (replaced != 0)
            {
                Tell(ChangeKinds.Attributes, replaced);
            }
        }

        return error;
    }

    public override async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        FsResult<ulong> opened = await Inner.OpenAsync(caller, ino, flags).ConfigureAwait(false);
        if (opened.Ok && flags.HasFlag(OpenFlags.Truncate))
        {
            TellWritten(ino);
        }

        return opened;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        FsResult<int> written = await Inner.WriteAsync(caller, span, content, flags).ConfigureAwait(false);
        TellWritten(span.Ino);
        return written;
    }

    public override async ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        FsError error = await Inner.AllocateAsync(caller, span, length, modes).ConfigureAwait(false);
        TellWritten(span.Ino);
        return error;
    }

    public override async ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        FsResult<ulong> copied = await Inner.CopyRangeAsync(caller, source, destination, length).ConfigureAwait(false);
        TellWritten(destination.Ino);
        return copied;
    }

    public override ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink) =>
        Inner.ReadDirectoryAsync(caller, ino, cookie, sink.WantsAttributes ? new HoldingSink(sink, this) : sink);

    public override async ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        FsError error = await Inner.SetXattrAsync(caller, ino, name, value, flags).ConfigureAwait(false);
        return Done(error, ino);
    }

    public override async ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name)
    {
        FsError error = await Inner.RemoveXattrAsync(caller, ino, name).ConfigureAwait(false);
        return Done(error, ino);
    }

    private static ChangedName NameOf(ulong parent, ReadOnlyMemory<byte> name) => new(parent, [], name.ToArray());

    private FsResult<InodeAttributes> Told(FsResult<InodeAttributes> found)
    {
        if (found.Ok)
        {
            Hold(found.Value.Ino);
        }

        return found;
    }

    /// <summary>What loses a name: its other names, and who has it open, show that. Asked only where somebody is to be told.</summary>
    private async ValueTask<ulong> InoOfAsync(ulong parent, ReadOnlyMemory<byte> name)
    {
        if (!export.HasOthers)
        {
            return 0;
        }

        FsResult<InodeAttributes> found = await Inner.LookupAsync(Caller.Engine, parent, name).ConfigureAwait(false);
        if (found.Ok)
        {
            export.Touch(found.Value.Ino);
        }

        return found.Ok ? found.Value.Ino : 0;
    }

    private FsError Done(FsError error, ulong ino)
    {
        if (error == FsError.None && export.HasOthers)
        {
            Tell(ChangeKinds.Attributes, ino);
        }

        return error;
    }

    private FsError Done(FsError error, ChangeKinds kinds, ulong parent, ReadOnlyMemory<byte> name, ulong ino, bool isDirectory)
    {
        if (error == FsError.None)
        {
            TellName(kinds, parent, name, ino, isDirectory);
        }

        return error;
    }

    private void TellName(ChangeKinds kinds, ulong parent, ReadOnlyMemory<byte> name, ulong ino, bool isDirectory)
    {
        if (export.HasOthers)
        {
            export.Tell(this, new FileChange(kinds, isDirectory, NameOf(parent, name)) { Ino = ino });
        }
    }

    /// <summary>Of a file that is written to again and again it is said once for as long as nobody has taken it.</summary>
    private void TellWritten(ulong ino)
    {
        if (!export.HasOthers)
        {
            return;
        }

        FileChange? change = lastWritten;
        if (change?.Ino != ino)
        {
            change = new FileChange(ChangeKinds.Modified, IsDirectory: false, Nowhere) { Ino = ino };
            lastWritten = change;
        }

        export.Tell(this, change);
    }

    private void Tell(ChangeKinds kinds, ulong ino) => export.Tell(this, new FileChange(kinds, IsDirectory: false, Nowhere) { Ino = ino });
}
