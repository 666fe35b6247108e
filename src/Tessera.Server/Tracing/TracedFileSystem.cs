using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Tessera.Core.FileSystem;
using Tessera.Host.Metering;
using Tessera.Host.Middleware;
using Tessera.Wire.Tracing;

namespace Tessera.Server.Tracing;

/// <summary>The root of each trace: what a program asked of a mount. What the sampler does not take goes on as it is.</summary>
/// <remarks>A span tells which operation, whose and how it ended; no names, no paths, no contents.</remarks>
internal sealed class TracedFileSystem(IFileSystem inner, TraceSampler sampler, SessionIdentity session) : ForwardingFileSystem(inner)
{
    /// <summary>What a listener names to have the spans.</summary>
    public const string SourceName = "Tessera.Mount";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly string[] Names = [.. Enum.GetNames<Operation>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    public override ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        Activity? traced = Begin(Operation.Lookup, caller);
        return Done(traced, Inner.LookupAsync(caller, parent, name));
    }

    public override ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        Activity? traced = Begin(Operation.GetAttributes, caller);
        return Done(traced, Inner.GetAttributesAsync(caller, ino));
    }

    public override ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        Activity? traced = Begin(Operation.SetAttributes, caller);
        return Done(traced, Inner.SetAttributesAsync(caller, ino, changes));
    }

    public override ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask)
    {
        Activity? traced = Begin(Operation.Access, caller);
        return Done(traced, Inner.AccessAsync(caller, ino, mask));
    }

    public override ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        Activity? traced = Begin(Operation.ReadLink, caller);
        return Done(traced, Inner.ReadLinkAsync(caller, ino, destination));
    }

    public override ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        Activity? traced = Begin(Operation.MakeNode, caller);
        return Done(traced, Inner.MakeNodeAsync(caller, parent, name, node));
    }

    public override ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags)
    {
        Activity? traced = Begin(Operation.Create, caller);
        return Done(traced, Inner.CreateAsync(caller, parent, name, mode, flags));
    }

    public override ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags)
    {
        Activity? traced = Begin(Operation.Create, caller);
        return Done(traced, Inner.CreateUnnamedAsync(caller, parent, mode, flags));
    }

    public override ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        Activity? traced = Begin(Operation.Link, caller);
        return Done(traced, Inner.LinkAsync(caller, ino, newParent, newName));
    }

    public override ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        Activity? traced = Begin(Operation.Unlink, caller);
        return Done(traced, Inner.UnlinkAsync(caller, parent, name));
    }

    public override ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        Activity? traced = Begin(Operation.RemoveDirectory, caller);
        return Done(traced, Inner.RemoveDirectoryAsync(caller, parent, name));
    }

    public override ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        Activity? traced = Begin(Operation.Rename, caller);
        return Done(traced, Inner.RenameAsync(caller, from, to, flags));
    }

    public override ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        Activity? traced = Begin(Operation.Open, caller);
        return Done(traced, Inner.OpenAsync(caller, ino, flags));
    }

    public override ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        Activity? traced = Begin(Operation.Read, caller);
        return Done(traced, Inner.ReadAsync(caller, span, destination));
    }

    public override ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        Activity? traced = Begin(Operation.Write, caller);
        return Done(traced, Inner.WriteAsync(caller, span, content, flags));
    }

    public override ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        Activity? traced = Begin(Operation.Allocate, caller);
        return Done(traced, Inner.AllocateAsync(caller, span, length, modes));
    }

    public override ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        Activity? traced = Begin(Operation.Copy, caller);
        return Done(traced, Inner.CopyRangeAsync(caller, source, destination, length));
    }

    public override ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        Activity? traced = Begin(Operation.Seek, caller);
        return Done(traced, Inner.SeekAsync(caller, span, target));
    }

    public override ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle)
    {
        Activity? traced = Begin(Operation.Flush, caller);
        return Done(traced, Inner.FlushAsync(caller, ino, handle));
    }

    public override ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        Activity? traced = Begin(Operation.Sync, caller);
        return Done(traced, Inner.SyncAsync(caller, ino, dataOnly));
    }

    public override ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle)
    {
        Activity? traced = Begin(Operation.Release);
        return Done(traced, Inner.ReleaseAsync(ino, handle));
    }

    public override ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino)
    {
        Activity? traced = Begin(Operation.OpenDirectory, caller);
        return Done(traced, Inner.OpenDirectoryAsync(caller, ino));
    }

    public override ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        Activity? traced = Begin(Operation.ReadDirectory, caller);
        return Done(traced, Inner.ReadDirectoryAsync(caller, ino, cookie, sink));
    }

    public override ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle)
    {
        Activity? traced = Begin(Operation.ReleaseDirectory);
        return Done(traced, Inner.ReleaseDirectoryAsync(ino, handle));
    }

    public override ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        Activity? traced = Begin(Operation.SetXattr, caller);
        return Done(traced, Inner.SetXattrAsync(caller, ino, name, value, flags));
    }

    public override ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination)
    {
        Activity? traced = Begin(Operation.GetXattr, caller);
        return Done(traced, Inner.GetXattrAsync(caller, ino, name, destination));
    }

    public override ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        Activity? traced = Begin(Operation.ListXattrs, caller);
        return Done(traced, Inner.ListXattrsAsync(caller, ino, destination));
    }

    public override ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name)
    {
        Activity? traced = Begin(Operation.RemoveXattr, caller);
        return Done(traced, Inner.RemoveXattrAsync(caller, ino, name));
    }

    public override ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        Activity? traced = Begin(Operation.Statistics, caller);
        return Done(traced, Inner.GetStatisticsAsync(caller));
    }

    /// <summary>It is the thread's current one until <see cref="Done(Activity?, ValueTask{FsError})"/>, so that what is asked for beneath belongs to it.</summary>
    private Activity? Begin(Operation operation, in Caller caller = default)
    {
        if (!sampler.Takes() || Source.StartActivity(Names[(int)operation], ActivityKind.Server) is not { } span)
        {
            return null;
        }

        span.SetTag("tessera.workspace", session.Workspace);
        span.SetTag("tessera.session", session.Id);
        span.SetTag("process.pid", (long)caller.Pid);
        span.SetTag("user.id", $"{caller.Uid}");
        return span;
    }

    private static ValueTask<FsError> Done(Activity? span, ValueTask<FsError> task)
    {
        if (span is null)
        {
            return task;
        }

        Activity.Current = null; // The thread's next request is another's.
        return AwaitAsync(span, task);
    }

    private static ValueTask<FsResult<T>> Done<T>(Activity? span, ValueTask<FsResult<T>> task)
    {
        if (span is null)
        {
            return task;
        }

        Activity.Current = null;
        return AwaitAsync(span, task);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<FsError> AwaitAsync(Activity span, ValueTask<FsError> task)
    {
        FsError outcome = FsError.IO; // Of a fault.
        try
        {
            outcome = await task;
            return outcome;
        }
        finally
        {
            WireSpans.End(span, outcome);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<FsResult<T>> AwaitAsync<T>(Activity span, ValueTask<FsResult<T>> task)
    {
        FsError outcome = FsError.IO; // Of a fault.
        try
        {
            FsResult<T> result = await task;
            outcome = result.Error;
            return result;
        }
        finally
        {
            WireSpans.End(span, outcome);
        }
    }
}
