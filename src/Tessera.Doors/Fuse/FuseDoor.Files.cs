using System.Collections.Concurrent;
using Tessera.Core.FileSystem;
using Tessera.Fuse;
using WriteFlags = Tessera.Core.FileSystem.WriteFlags;

namespace Tessera.Doors.Fuse;

/// <summary>Operations on open files and directories.</summary>
public sealed partial class FuseDoor
{
    private const int MaxPooledSinks = 16;
    private readonly ConcurrentQueue<EntrySink> sinks = new();

    public override ValueTask<FuseResult<FuseOpened>> Open(FuseRequest request, OpenArguments arguments)
    {
        OpenFlags flags = FlagsOf(arguments.Flags, arguments.OpenFlags);
        if (options.AsksOnOpen || flags.HasFlag(OpenFlags.Truncate | OpenFlags.KillPrivileges))
        {
            return OpenChangedAsync(CallerOf(request), request.NodeId, flags);
        }

        return Map(files.OpenAsync(CallerOf(request), request.NodeId, flags), OpenedBy(flags));
    }

    private Func<ulong, FuseOpened> OpenedBy(OpenFlags flags) => (flags & OpenFlags.AccessMask) == OpenFlags.ReadOnly ? toOpenedForReading : toOpened;

    /// <summary>The kernel does not know what others did to the file; nor that suid and sgid went with what it held: it asks for the size and the times after this, and would go on
    /// to show, and to honour, the mode it had.</summary>
    private async ValueTask<FuseResult<FuseOpened>> OpenChangedAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        FuseResult<FuseOpened> opened = await Map(files.OpenAsync(caller, ino, flags), OpenedBy(flags));
        if (opened.Error == Errno.None)
        {
            _ = Notifier?.InvalidateInode(ino, offset: -1);
        }

        return opened;
    }

    private static OpenFlags FlagsOf(uint flags, OpenInFlags more) =>
        (OpenFlags)flags | (more.HasFlag(OpenInFlags.KillSuidGid) ? OpenFlags.KillPrivileges : OpenFlags.ReadOnly);

    public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer) =>
        isCutOff ? new(Errno.ENOTCONN) : Map(files.ReadAsync(CallerOf(request), new FileSpan(request.NodeId, arguments.Handle, arguments.Offset), buffer));

    public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data)
    {
        var flags = WriteFlags.None;
        flags |= arguments.WriteFlags.HasFlag(Tessera.Fuse.WriteFlags.KillSuidGid) ? WriteFlags.KillPrivileges : WriteFlags.None;
        flags |= arguments.WriteFlags.HasFlag(Tessera.Fuse.WriteFlags.FromCache) ? WriteFlags.FromCache : WriteFlags.None;
        return Map(files.WriteAsync(CallerOf(request), new FileSpan(request.NodeId, arguments.Handle, arguments.Offset), data, flags));
    }

    public override ValueTask<Errno> Fallocate(FuseRequest request, FallocateArguments arguments) =>
        Map(files.AllocateAsync(
            CallerOf(request),
            new FileSpan(request.NodeId, arguments.Handle, arguments.Offset),
            arguments.Length,
            (AllocateModes)arguments.Mode));

    public override ValueTask<FuseResult<ulong>> CopyFileRange(FuseRequest request, CopyFileRangeArguments arguments) =>
        Map(files.CopyRangeAsync(
            CallerOf(request),
            new FileSpan(request.NodeId, arguments.SourceHandle, arguments.SourceOffset),
            new FileSpan(arguments.DestinationNodeId, arguments.DestinationHandle, arguments.DestinationOffset),
            arguments.Length));

    public override ValueTask<FuseResult<ulong>> Lseek(FuseRequest request, LseekArguments arguments) =>
        isCutOff ? new(Errno.ENOTCONN) : Map(files.SeekAsync(
            CallerOf(request),
            new FileSpan(request.NodeId, arguments.Handle, arguments.Offset),
            (SeekTarget)arguments.Whence));

    public override ValueTask<Errno> Flush(FuseRequest request, FlushArguments arguments) => Locks is null
        ? Map(files.FlushAsync(CallerOf(request), request.NodeId, arguments.Handle))
        : FlushLockedAsync(CallerOf(request), request.NodeId, arguments);

    public override ValueTask<Errno> Release(FuseRequest request, ReleaseArguments arguments) =>
        Locks is not null && arguments.ReleaseFlags.HasFlag(ReleaseFlags.FlockUnlock)
            ? ReleaseLockedAsync(request.NodeId, arguments)
            : Map(files.ReleaseAsync(request.NodeId, arguments.Handle));

    public override ValueTask<Errno> Fsync(FuseRequest request, FsyncArguments arguments) =>
        Map(files.SyncAsync(CallerOf(request), request.NodeId, arguments.DataOnly));

    public override ValueTask<FuseResult<FuseOpened>> OpenDirectory(FuseRequest request, OpenArguments arguments) =>
        skipsOpenDirectory ? new(Errno.ENOSYS) : Map(files.OpenDirectoryAsync(CallerOf(request), request.NodeId), toOpenedDirectory);

    public override ValueTask<Errno> ReleaseDirectory(FuseRequest request, ReleaseArguments arguments) =>
        Map(files.ReleaseDirectoryAsync(request.NodeId, arguments.Handle));

    public override ValueTask<Errno> FsyncDirectory(FuseRequest request, FsyncArguments arguments) =>
        Map(files.SyncAsync(CallerOf(request), request.NodeId, arguments.DataOnly));

    public override ValueTask<Errno> ReadDirectory(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
        isCutOff ? new(Errno.ENOTCONN) : ReadEntries(request, arguments, entries);

    public override ValueTask<Errno> ReadDirectoryPlus(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
        isCutOff ? new(Errno.ENOTCONN) : ReadEntries(request, arguments, entries);

    private ValueTask<Errno> ReadEntries(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries)
    {
        EntrySink sink = sinks.TryDequeue(out EntrySink? pooled) ? pooled : new EntrySink(references, options);
        sink.Begin(entries);
        ValueTask<FsError> task = files.ReadDirectoryAsync(CallerOf(request), request.NodeId, arguments.Offset, sink);
        return task.IsCompletedSuccessfully ? new(Return(sink, task.Result)) : Await(this, sink, task);

        static async ValueTask<Errno> Await(FuseDoor door, EntrySink sink, ValueTask<FsError> task) =>
            door.Return(sink, await task.ConfigureAwait(false));
    }

    private Errno Return(EntrySink sink, FsError error)
    {
        if (sinks.Count < MaxPooledSinks)
        {
            sinks.Enqueue(sink);
        }

        return (Errno)error;
    }
}
