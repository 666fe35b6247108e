using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Middleware;

/// <summary>Writes down by which names inodes are found, for those above that have to know paths (<see cref="KnownNames"/>).</summary>
internal sealed class NamedFileSystem(IFileSystem inner, KnownNames names) : ForwardingFileSystem(inner)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        FsResult<InodeAttributes> found = await Inner.LookupAsync(caller, parent, name).ConfigureAwait(false);
        if (found.Error == FsError.NotFound)
        {
            names.Lose(parent, name.Span);
        }

        return Learned(parent, name, found);
    }

    public override void Forget(ulong ino)
    {
        names.Forget(ino);
        Inner.Forget(ino);
    }

    public override async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) =>
        Learned(parent, name, await Inner.MakeNodeAsync(caller, parent, name, node).ConfigureAwait(false));

    public override async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) =>
        Learned(newParent, newName, await Inner.LinkAsync(caller, ino, newParent, newName).ConfigureAwait(false));

    public override async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        await LearnedAsync(parent, name, await Inner.CreateAsync(caller, parent, name, mode, flags).ConfigureAwait(false)).ConfigureAwait(false);

    public override async ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        await LearnedAsync(parent, default, await Inner.CreateUnnamedAsync(caller, parent, mode, flags).ConfigureAwait(false)).ConfigureAwait(false);

    public override async ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        Lost(parent, name, await Inner.UnlinkAsync(caller, parent, name).ConfigureAwait(false));

    public override async ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        Lost(parent, name, await Inner.RemoveDirectoryAsync(caller, parent, name).ConfigureAwait(false));

    public override async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        FsError error = await Inner.RenameAsync(caller, from, to, flags).ConfigureAwait(false);
        if (error == FsError.None)
        {
            names.Move(from, to, flags.HasFlag(RenameFlags.Exchange));
        }

        return error;
    }

    public override ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink) =>
        Inner.ReadDirectoryAsync(caller, ino, cookie, sink.WantsAttributes ? new LearningSink(sink, ino, names) : sink);

    private FsResult<InodeAttributes> Learned(ulong parent, ReadOnlyMemory<byte> name, FsResult<InodeAttributes> told)
    {
        if (!told.Ok || names.Learn(parent, name.Span, told.Value))
        {
            return told;
        }

        Inner.Forget(told.Value.Ino);
        return FsError.OutOfMemory;
    }

    private async ValueTask<FsResult<OpenedFile>> LearnedAsync(ulong parent, ReadOnlyMemory<byte> name, FsResult<OpenedFile> made)
    {
        if (!made.Ok || names.Learn(parent, name.Span, made.Value.Attributes))
        {
            return made;
        }

        _ = await Inner.ReleaseAsync(made.Value.Attributes.Ino, made.Value.Handle).ConfigureAwait(false);
        Inner.Forget(made.Value.Attributes.Ino);
        return FsError.OutOfMemory;
    }

    private FsError Lost(ulong parent, ReadOnlyMemory<byte> name, FsError error)
    {
        if (error == FsError.None)
        {
            names.Lose(parent, name.Span);
        }

        return error;
    }
}
