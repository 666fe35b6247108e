using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Middleware;

/// <summary>One file of another file system as the root of this one, which has nothing else: whoever mounts it sees a file at the mount point.</summary>
/// <remarks>The file is inode <see cref="FsLimits.RootInode"/> here, and held by its name there: it lives for as long as that is not removed.</remarks>
internal sealed class SingleFileSystem : ForwardingFileSystem
{
    /// <summary>Its number in the other.</summary>
    private readonly ulong file;

    private SingleFileSystem(IFileSystem inner, ulong file)
        : base(inner) => this.file = file;

    /// <summary>Finds the file in the other's root; null when there is none of that name that is a regular file.</summary>
    /// <exception cref="IOException">The other cannot be read.</exception>
    public static async ValueTask<SingleFileSystem?> FindAsync(IFileSystem inner, ReadOnlyMemory<byte> name)
    {
        FsResult<InodeAttributes> found = await inner.LookupAsync(Caller.Engine, FsLimits.RootInode, name);
        return found.Ok && ModeBits.IsRegular(found.Value.Mode) ? new SingleFileSystem(inner, found.Value.Ino) : null;
    }

    /// <inheritdoc/>
    public override ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        parent != FsLimits.RootInode ? new(FsError.Stale)
        : name.Span is [(byte)'.'] ? GetAttributesAsync(caller, parent)
        : new(FsError.NotDirectory);

    /// <summary>The root is never forgotten.</summary>
    public override void Forget(ulong ino)
    {
    }

    public override ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino) => Shown(Inner.GetAttributesAsync(caller, file));

    public override ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes) => Shown(Inner.SetAttributesAsync(caller, file, changes));

    public override ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask) => Inner.AccessAsync(caller, file, mask);

    public override ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) => new(FsError.InvalidArgument);

    public override ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) => new(FsError.NotDirectory);

    public override ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) => new(FsError.NotDirectory);

    public override ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) => new(FsError.NotDirectory);

    public override ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) => new(FsError.NotDirectory);

    public override ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) => new(FsError.NotDirectory);

    public override ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) => new(FsError.NotDirectory);

    public override ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags) => new(FsError.NotDirectory);

    public override ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags) => Inner.OpenAsync(caller, file, flags);

    public override ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination) => Inner.ReadAsync(caller, span with { Ino = file }, destination);

    public override ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags) =>
        Inner.WriteAsync(caller, span with { Ino = file }, content, flags);

    public override ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes) =>
        Inner.AllocateAsync(caller, span with { Ino = file }, length, modes);

    public override ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length) =>
        Inner.CopyRangeAsync(caller, source with { Ino = file }, destination with { Ino = file }, length);

    public override ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target) => Inner.SeekAsync(caller, span with { Ino = file }, target);

    public override ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle) => Inner.FlushAsync(caller, file, handle);

    public override ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly) => Inner.SyncAsync(caller, file, dataOnly);

    public override ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle) => Inner.ReleaseAsync(file, handle);

    public override ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) => new(FsError.NotDirectory);

    public override ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink) => new(FsError.NotDirectory);

    public override ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle) => new(FsError.NotDirectory);

    public override ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        Inner.SetXattrAsync(caller, file, name, value, flags);

    public override ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        Inner.GetXattrAsync(caller, file, name, destination);

    public override ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) => Inner.ListXattrsAsync(caller, file, destination);

    public override ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) => Inner.RemoveXattrAsync(caller, file, name);

    private static ValueTask<FsResult<InodeAttributes>> Shown(ValueTask<FsResult<InodeAttributes>> task)
    {
        return task.IsCompletedSuccessfully ? new(AsRoot(task.Result)) : AwaitAsync(task);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        static async ValueTask<FsResult<InodeAttributes>> AwaitAsync(ValueTask<FsResult<InodeAttributes>> task) => AsRoot(await task.ConfigureAwait(false));

        static FsResult<InodeAttributes> AsRoot(FsResult<InodeAttributes> told) => told.Ok ? told.Value with { Ino = FsLimits.RootInode } : told;
    }
}
