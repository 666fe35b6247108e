using System.Diagnostics;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Metering;

/// <summary>Counts and times every operation of the file system beneath. What completes at once costs two clock reads and no allocation.</summary>
internal sealed class MeteredFileSystem : IFileSystem
{
    private readonly IFileSystem _inner;
    private readonly CallMeters<Operation> _meters;

    public MeteredFileSystem(IFileSystem inner, CallMeters<Operation> meters)
    {
        _inner = inner;
        _meters = meters;
    }

    public void Forget(ulong ino)
    {
        long started = Stopwatch.GetTimestamp();
        _inner.Forget(ino);
        _meters.Record(Operation.Forget, started, ok: true);
    }

    public ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Lookup, started, _inner.LookupAsync(caller, parent, name));
    }

    public ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.GetAttributes, started, _inner.GetAttributesAsync(caller, ino));
    }

    public ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.SetAttributes, started, _inner.SetAttributesAsync(caller, ino, changes));
    }

    public ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Access, started, _inner.AccessAsync(caller, ino, mask));
    }

    public ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.ReadLink, started, _inner.ReadLinkAsync(caller, ino, destination));
    }

    public ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.MakeNode, started, _inner.MakeNodeAsync(caller, parent, name, node));
    }

    public ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Create, started, _inner.CreateAsync(caller, parent, name, mode, flags));
    }

    public ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Create, started, _inner.CreateUnnamedAsync(caller, parent, mode, flags));
    }

    public ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Link, started, _inner.LinkAsync(caller, ino, newParent, newName));
    }

    public ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Unlink, started, _inner.UnlinkAsync(caller, parent, name));
    }

    public ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.RemoveDirectory, started, _inner.RemoveDirectoryAsync(caller, parent, name));
    }

    public ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Rename, started, _inner.RenameAsync(caller, from, to, flags));
    }

    public ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Open, started, _inner.OpenAsync(caller, ino, flags));
    }

    public ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        long started = Stopwatch.GetTimestamp();
        return Transfer(Operation.Read, started, _inner.ReadAsync(caller, span, destination));
    }

    public ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        long started = Stopwatch.GetTimestamp();
        return Transfer(Operation.Write, started, _inner.WriteAsync(caller, span, content, flags));
    }

    public ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Allocate, started, _inner.AllocateAsync(caller, span, length, modes));
    }

    public ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Copy, started, _inner.CopyRangeAsync(caller, source, destination, length));
    }

    public ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Seek, started, _inner.SeekAsync(caller, span, target));
    }

    public ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Flush, started, _inner.FlushAsync(caller, ino, handle));
    }

    public ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Sync, started, _inner.SyncAsync(caller, ino, dataOnly));
    }

    public ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Release, started, _inner.ReleaseAsync(ino, handle));
    }

    public ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.OpenDirectory, started, _inner.OpenDirectoryAsync(caller, ino));
    }

    public ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.ReadDirectory, started, _inner.ReadDirectoryAsync(caller, ino, cookie, sink));
    }

    public ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.ReleaseDirectory, started, _inner.ReleaseDirectoryAsync(ino, handle));
    }

    public ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.SetXattr, started, _inner.SetXattrAsync(caller, ino, name, value, flags));
    }

    public ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.GetXattr, started, _inner.GetXattrAsync(caller, ino, name, destination));
    }

    public ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.ListXattrs, started, _inner.ListXattrsAsync(caller, ino, destination));
    }

    public ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.RemoveXattr, started, _inner.RemoveXattrAsync(caller, ino, name));
    }

    public ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        long started = Stopwatch.GetTimestamp();
        return Done(Operation.Statistics, started, _inner.GetStatisticsAsync(caller));
    }

    private ValueTask<FsError> Done(Operation operation, long started, ValueTask<FsError> task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            return AwaitAsync(operation, started, task);
        }

        FsError error = task.Result;
        _meters.Record(operation, started, error == FsError.None);
        return new ValueTask<FsError>(error);
    }

    private ValueTask<FsResult<T>> Done<T>(Operation operation, long started, ValueTask<FsResult<T>> task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            return AwaitAsync(operation, started, task);
        }

        FsResult<T> result = task.Result;
        _meters.Record(operation, started, result.Ok);
        return new ValueTask<FsResult<T>>(result);
    }

    private ValueTask<FsResult<int>> Transfer(Operation operation, long started, ValueTask<FsResult<int>> task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            return AwaitTransferAsync(operation, started, task);
        }

        FsResult<int> result = task.Result;
        _meters.Record(operation, started, result.Ok, result.Value);
        return new ValueTask<FsResult<int>>(result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsError> AwaitAsync(Operation operation, long started, ValueTask<FsError> task)
    {
        bool ok = false;
        try
        {
            FsError error = await task;
            ok = error == FsError.None;
            return error;
        }
        finally
        {
            _meters.Record(operation, started, ok);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<T>> AwaitAsync<T>(Operation operation, long started, ValueTask<FsResult<T>> task)
    {
        bool ok = false;
        try
        {
            FsResult<T> result = await task;
            ok = result.Ok;
            return result;
        }
        finally
        {
            _meters.Record(operation, started, ok);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<int>> AwaitTransferAsync(Operation operation, long started, ValueTask<FsResult<int>> task)
    {
        FsResult<int> result = FsError.IO;
        try
        {
            result = await task;
            return result;
        }
        finally
        {
            _meters.Record(operation, started, result.Ok, result.Value);
        }
    }
}
