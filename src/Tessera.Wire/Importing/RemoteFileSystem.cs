using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>The files at the other end of a session as a file system. Names and attributes are cached by the kernel above, for as long as its door says.</summary>
/// <remarks>While no connection is there operations wait; when the session is over they fail with ENOTCONN.</remarks>
public sealed partial class RemoteFileSystem : IFileSystem, IDisposable
{
    /// <summary>Files up to this size come with their open.</summary>
    private const int WholeFileBytes = 64 << 10;

    private readonly ImportSession session;
    private readonly RemoteFileSystemOptions options;
    private readonly ConcurrentDictionary<ulong, RemoteFile> open = new();

    public RemoteFileSystem(ImportSession session, RemoteFileSystemOptions? options = null)
    {
        this.session = session;
        this.options = options ?? new RemoteFileSystemOptions();
        push = new Timer(_ => Push(), state: null, HoldTime, HoldTime);
    }

    /// <summary>Files open at the exporter.</summary>
    public int OpenFiles => open.Count;

    /// <summary>Inodes told of by the exporter and not given back.</summary>
    public int KnownInodes => session.Inodes.Count;

    private static ReadOnlySpan<byte> UserAttributes => "user."u8;

    public ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        AttributesAsync(caller, new Step { Operation = OpCode.Lookup, Ino = parent, Name = name });

    public void Dispose() => push.Dispose();

    public void Forget(ulong ino)
    {
        session.Inodes.Release(ino);
        (ulong Ino, uint Times)[] forgotten = session.Inodes.TakeForgotten(WireLimits.MaxForgotten / 4, WireLimits.MaxForgotten);
        if (forgotten.Length > 0)
        {
            _ = GiveBackAsync(forgotten);
        }
    }

    public async ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        if (IsDirty(ino))
        {
            await ArriveAsync(ino).ConfigureAwait(false);
        }

        return await AttributesAsync(caller, new Step { Operation = OpCode.GetAttributes, Ino = ino }).ConfigureAwait(false);
    }

    public async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        DropContent(ino);
        await ArriveAsync(ino).ConfigureAwait(false);
        if (changes.Mask.HasFlag(AttributeMask.Size))
        {
            Shorten(ino);
        }

        return await AttributesAsync(caller, new Step { Operation = OpCode.SetAttributes, Ino = ino, Changes = changes }).ConfigureAwait(false);
    }

    /// <summary>The kernel at this end has checked; the exporter's host has the last word on each operation.</summary>
    public ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask) => new(FsError.None);

    public ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        BytesAsync(caller, new Step { Operation = OpCode.ReadLink, Ino = ino }, destination);

    public ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) =>
        AttributesAsync(caller, new Step { Operation = OpCode.MakeNode, Ino = parent, Mode = node.Mode, Rdev = node.Rdev, Name = name, OtherName = node.Target });

    public ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) =>
        AttributesAsync(caller, new Step { Operation = OpCode.Link, Ino = newParent, OtherIno = ino, Name = newName });

    public ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        DoneAsync(caller, new Step { Operation = OpCode.Unlink, Ino = parent, Name = name });

    public ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        DoneAsync(caller, new Step { Operation = OpCode.RemoveDirectory, Ino = parent, Name = name });

    public ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags) =>
        DoneAsync(caller, new Step
        {
            Operation = OpCode.Rename, Ino = from.Parent, OtherIno = to.Parent, Flags = (uint)flags, Name = from.Name, OtherName = to.Name,
        });

    /// <summary>Only users' own attributes travel; of others there are none, which costs no round trip.</summary>
    public ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        name.Span.StartsWith(UserAttributes)
            ? DoneAsync(caller, new Step { Operation = OpCode.SetXattr, Ino = ino, Name = name, Data = value, Flags = (uint)flags })
            : new(FsError.NotSupported);

    public ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        name.Span.StartsWith(UserAttributes)
            ? ValueAsync(caller, new Step { Operation = OpCode.GetXattr, Ino = ino, Name = name, Length = (ulong)destination.Length }, destination)
            : new(FsError.NotSupported);

    public ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        ValueAsync(caller, new Step { Operation = OpCode.ListXattrs, Ino = ino, Length = (ulong)destination.Length }, destination);

    public ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        name.Span.StartsWith(UserAttributes)
            ? DoneAsync(caller, new Step { Operation = OpCode.RemoveXattr, Ino = ino, Name = name })
            : new(FsError.NotSupported);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Statistics });
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        FileSystemStatistics statistics = slot.Statistics;
        session.Release(slot);
        return error == FsError.None ? statistics : error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<InodeAttributes>> AttributesAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        InodeAttributes attributes = Overlay(slot.Attributes);
        session.Release(slot);
        return error == FsError.None ? attributes : error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsError> DoneAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        session.Release(slot);
        return error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<int>> BytesAsync(Caller caller, Step step, Memory<byte> destination)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Destination = destination;
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        int count = slot.DataLength;
        session.Release(slot);
        return error == FsError.None ? count : error;
    }

    /// <summary>As <see cref="BytesAsync"/>, but the length is told by itself: no bytes come when none were asked for.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<int>> ValueAsync(Caller caller, Step step, Memory<byte> destination)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Destination = destination;
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ulong length = slot.Number;
        session.Release(slot);
        bool fits = length <= FsLimits.MaxXattrValue && (destination.IsEmpty || length <= (ulong)destination.Length);
        return error == FsError.None ? (fits ? (int)length : FsError.IO) : error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<ulong>> NumberAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ulong number = slot.Number;
        session.Release(slot);
        return error == FsError.None ? number : error;
    }

    private async Task GiveBackAsync((ulong Ino, uint Times)[] forgotten)
    {
        const int Entry = sizeof(ulong) + sizeof(uint);
        byte[] data = ArrayPool<byte>.Shared.Rent(forgotten.Length * Entry);
        int length = Encode(forgotten, data);
        _ = await DoneAsync(Caller.Engine, new Step { Operation = OpCode.Forget, Data = data.AsMemory(0, length) }).ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(data);
    }

    private static int Encode((ulong Ino, uint Times)[] forgotten, Span<byte> data)
    {
        var writer = new WireWriter(data);
        foreach ((ulong ino, uint times) in forgotten)
        {
            writer.UInt64(ino);
            writer.UInt32(times);
        }

        return writer.Position;
    }
}
