using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Limiting;

/// <summary>Lets requests through at the rates of a session; what comes faster waits, in the order in which it came. Nothing waits that gives something back: closing, forgetting.</summary>
/// <remarks>No thread waits: a request that is delayed is one that has not completed. What need not wait costs no allocation.</remarks>
internal sealed class LimitedFileSystem(IFileSystem inner, SessionLimiter limiter) : ForwardingFileSystem(inner)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.LookupAsync(caller, parent, name).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.GetAttributesAsync(caller, ino).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.SetAttributesAsync(caller, ino, changes).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.AccessAsync(caller, ino, mask).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.ReadLinkAsync(caller, ino, destination).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.MakeNodeAsync(caller, parent, name, node).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.CreateAsync(caller, parent, name, mode, flags).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.CreateUnnamedAsync(caller, parent, mode, flags).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.LinkAsync(caller, ino, newParent, newName).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.UnlinkAsync(caller, parent, name).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.RemoveDirectoryAsync(caller, parent, name).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.RenameAsync(caller, from, to, flags).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.OpenAsync(caller, ino, flags).ConfigureAwait(false);
    }

    /// <summary>Charged by what is asked for; what the file did not have is given back.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        await limiter.WaitAsync(RequestClass.Read, caller, destination.Length).ConfigureAwait(false);
        FsResult<int> read = await Inner.ReadAsync(caller, span, destination).ConfigureAwait(false);
        limiter.Return(RequestClass.Read, destination.Length - (read.Ok ? read.Value : 0));
        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        await limiter.WaitAsync(RequestClass.Write, caller, content.Length).ConfigureAwait(false);
        return await Inner.WriteAsync(caller, span, content, flags).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        await limiter.WaitAsync(RequestClass.Write, caller).ConfigureAwait(false);
        return await Inner.AllocateAsync(caller, span, length, modes).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        await limiter.WaitAsync(RequestClass.Write, caller).ConfigureAwait(false);
        return await Inner.CopyRangeAsync(caller, source, destination, length).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.SeekAsync(caller, span, target).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        await limiter.WaitAsync(RequestClass.Write, caller).ConfigureAwait(false);
        return await Inner.SyncAsync(caller, ino, dataOnly).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.OpenDirectoryAsync(caller, ino).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.ReadDirectoryAsync(caller, ino, cookie, sink).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.SetXattrAsync(caller, ino, name, value, flags).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.GetXattrAsync(caller, ino, name, destination).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.ListXattrsAsync(caller, ino, destination).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.RemoveXattrAsync(caller, ino, name).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        await limiter.WaitAsync(RequestClass.Metadata, caller).ConfigureAwait(false);
        return await Inner.GetStatisticsAsync(caller).ConfigureAwait(false);
    }
}
