using Tessera.Core.FileSystem;

namespace Tessera.Host.Middleware;

/// <summary>A file system that asks another: what a decorator does not override goes on as it is.</summary>
internal abstract class ForwardingFileSystem(IFileSystem inner) : IFileSystem
{
    protected IFileSystem Inner { get; } = inner;

    public virtual ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) => Inner.LookupAsync(caller, parent, name);

    public virtual void Forget(ulong ino) => Inner.Forget(ino);

    public virtual ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino) => Inner.GetAttributesAsync(caller, ino);

    public virtual ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes) =>
        Inner.SetAttributesAsync(caller, ino, changes);

    public virtual ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask) => Inner.AccessAsync(caller, ino, mask);

    public virtual ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) => Inner.ReadLinkAsync(caller, ino, destination);

    public virtual ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) =>
        Inner.MakeNodeAsync(caller, parent, name, node);

    public virtual ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        Inner.CreateAsync(caller, parent, name, mode, flags);

    public virtual ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        Inner.CreateUnnamedAsync(caller, parent, mode, flags);

    public virtual ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) =>
        Inner.LinkAsync(caller, ino, newParent, newName);

    public virtual ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) => Inner.UnlinkAsync(caller, parent, name);

    public virtual ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) => Inner.RemoveDirectoryAsync(caller, parent, name);

    public virtual ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags) => Inner.RenameAsync(caller, from, to, flags);

    public virtual ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags) => Inner.OpenAsync(caller, ino, flags);

    public virtual ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination) => Inner.ReadAsync(caller, span, destination);

    public virtual ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags) =>
        Inner.WriteAsync(caller, span, content, flags);

    public virtual ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes) => Inner.AllocateAsync(caller, span, length, modes);

    public virtual ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length) =>
        Inner.CopyRangeAsync(caller, source, destination, length);

    public virtual ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target) => Inner.SeekAsync(caller, span, target);

    public virtual ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle) => Inner.FlushAsync(caller, ino, handle);

    public virtual ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly) => Inner.SyncAsync(caller, ino, dataOnly);

    public virtual ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle) => Inner.ReleaseAsync(ino, handle);

    public virtual ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) => Inner.OpenDirectoryAsync(caller, ino);

    public virtual ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink) =>
        Inner.ReadDirectoryAsync(caller, ino, cookie, sink);

    public virtual ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle) => Inner.ReleaseDirectoryAsync(ino, handle);

    public virtual ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        Inner.SetXattrAsync(caller, ino, name, value, flags);

    public virtual ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        Inner.GetXattrAsync(caller, ino, name, destination);

    public virtual ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) => Inner.ListXattrsAsync(caller, ino, destination);

    public virtual ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) => Inner.RemoveXattrAsync(caller, ino, name);

    public virtual ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller) => Inner.GetStatisticsAsync(caller);
}
