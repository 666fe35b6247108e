using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Alarms;

/// <summary>Counts what is read and deleted, and does what the guard says when it is too much (docs/guide/audit.md, "Alarms").</summary>
/// <remarks>A locked mount refuses with EACCES what opens, reads or changes anything. Looking up names, attributes (not extended ones that people set), closing and writing back what was accepted before go on.</remarks>
internal sealed class AlarmedFileSystem(IFileSystem inner, AlarmGuard guard) : ForwardingFileSystem(inner)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        bool empties = changes.Mask.HasFlag(AttributeMask.Size) && changes.Size == 0;
        FsError error = empties ? await guard.PassAsync(AlarmKind.Deletes, 1, caller).ConfigureAwait(false) : guard.IsLocked ? FsError.AccessDenied : FsError.None;
        return error == FsError.None ? await Inner.SetAttributesAsync(caller, ino, changes).ConfigureAwait(false) : error;
    }

    public override ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.ReadLinkAsync(caller, ino, destination);

    public override ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.MakeNodeAsync(caller, parent, name, node);

    public override ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.CreateAsync(caller, parent, name, mode, flags);

    public override ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.CreateUnnamedAsync(caller, parent, mode, flags);

    public override ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.LinkAsync(caller, ino, newParent, newName);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        FsError error = await guard.PassAsync(AlarmKind.Deletes, 1, caller).ConfigureAwait(false);
        return error == FsError.None ? await Inner.UnlinkAsync(caller, parent, name).ConfigureAwait(false) : error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        FsError error = await guard.PassAsync(AlarmKind.Deletes, 1, caller).ConfigureAwait(false);
        return error == FsError.None ? await Inner.RemoveDirectoryAsync(caller, parent, name).ConfigureAwait(false) : error;
    }

    public override ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.RenameAsync(caller, from, to, flags);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        bool empties = flags.HasFlag(OpenFlags.Truncate);
        FsError error = empties ? await guard.PassAsync(AlarmKind.Deletes, 1, caller).ConfigureAwait(false) : guard.IsLocked ? FsError.AccessDenied : FsError.None;
        return error == FsError.None ? await Inner.OpenAsync(caller, ino, flags).ConfigureAwait(false) : error;
    }

    /// <summary>Counted by what there was.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        if (guard.IsLocked)
        {
            return FsError.AccessDenied;
        }

        FsResult<int> read = await Inner.ReadAsync(caller, span, destination).ConfigureAwait(false);
        FsError error = read.Ok ? await guard.PassAsync(AlarmKind.Reads, read.Value, caller).ConfigureAwait(false) : FsError.None;
        return error == FsError.None ? read : error;
    }

    public override ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags) =>
        guard.IsLocked && !flags.HasFlag(WriteFlags.FromCache) ? new(FsError.AccessDenied) : Inner.WriteAsync(caller, span, content, flags);

    public override ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.AllocateAsync(caller, span, length, modes);

    public override ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.CopyRangeAsync(caller, source, destination, length);

    public override ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.OpenDirectoryAsync(caller, ino);

    public override ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.ReadDirectoryAsync(caller, ino, cookie, sink);

    public override ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        guard.IsLocked && IsContent(name.Span) ? new(FsError.AccessDenied) : Inner.GetXattrAsync(caller, ino, name, destination);

    public override ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.ListXattrsAsync(caller, ino, destination);

    public override ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.SetXattrAsync(caller, ino, name, value, flags);

    public override ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        guard.IsLocked ? new(FsError.AccessDenied) : Inner.RemoveXattrAsync(caller, ino, name);

    /// <summary>The kernel itself asks for the others, to decide who may do what.</summary>
    private static bool IsContent(ReadOnlySpan<byte> name) => name.StartsWith("user."u8) || name.StartsWith("trusted."u8);
}
