using System.Buffers;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <content>Open files.</content>
public sealed partial class RemoteFileSystem
{
    /// <summary>Open files whose content is kept.</summary>
    private int kept;

    public ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        CreatedAsync(caller, new Step { Operation = OpCode.Create, Ino = parent, Name = name, Mode = mode, Flags = (uint)Sent(flags) });

    public ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        CreatedAsync(caller, new Step { Operation = OpCode.CreateUnnamed, Ino = parent, Mode = mode, Flags = (uint)Sent(flags) });

    /// <summary>A file opened for reading comes whole with its open where it is small: open, read and close are one round trip.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        bool reads = (flags & (OpenFlags.AccessMask | OpenFlags.Truncate)) == OpenFlags.ReadOnly;
        await ArriveAsync(ino).ConfigureAwait(false);
        byte[]? content = reads ? ArrayPool<byte>.Shared.Rent(WholeFileBytes) : null;
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Open, Ino = ino, Flags = (uint)Sent(flags) });
        if (reads)
        {
            slot.Destination = content.AsMemory(0, WholeFileBytes);
            slot.Add(new Step { Operation = OpCode.GetAttributes });
            slot.Add(new Step { Operation = OpCode.Read, Handle = StepTable.HandleBefore, Length = WholeFileBytes, Flags = StepTable.WholeFileOnly });
        }

        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (int succeeded, ulong handle, int length, ulong size) = (slot.Succeeded, slot.Handle, slot.DataLength, slot.Attributes.Size);
        session.Release(slot);
        if (succeeded == 0)
        {
            Return(content);
            return error;
        }

        // What follows the open is a courtesy: where it fails, a read will say so.
        RemoteFile file = Remember(ino, handle);
        bool isWhole = error == FsError.None && reads && size == (ulong)length;
        if (isWhole)
        {
            file.Keep(content!, length, Environment.TickCount64 + (long)options.Freshness.TotalMilliseconds);
            Interlocked.Increment(ref kept);
        }
        else
        {
            Return(content);
        }

        if (!reads)
        {
            DropContent(ino);
        }

        if (flags.HasFlag(OpenFlags.Truncate))
        {
            Shorten(ino);
        }

        return handle;
    }

    public ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        if (open.TryGetValue(span.Handle, out RemoteFile? file) && file.TryRead(span.Offset, destination.Span, out int count))
        {
            return new(count);
        }

        return IsDirty(span.Ino) ? ReadArrivedAsync(caller, span, destination) : ReadRemoteAsync(caller, span, destination);
    }

    public async ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        DropContent(span.Ino);
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        return await DoneAsync(caller, StepAt(OpCode.Allocate, span) with { Length = length, Flags = (uint)modes }).ConfigureAwait(false);
    }

    public async ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        DropContent(destination.Ino);
        await ArriveAsync(source.Ino).ConfigureAwait(false);
        await ArriveAsync(destination.Ino).ConfigureAwait(false);
        Step step = StepAt(OpCode.CopyRange, source) with { Length = length, OtherIno = destination.Ino, OtherHandle = destination.Handle, OtherOffset = destination.Offset };
        return await NumberAsync(caller, step).ConfigureAwait(false);
    }

    public async ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        return await NumberAsync(caller, StepAt(OpCode.Seek, span) with { Flags = (uint)target }).ConfigureAwait(false);
    }

    /// <summary>Nobody waits for the answer: there is nothing that a program could still be told.</summary>
    public ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle)
    {
        if (open.TryRemove(handle, out RemoteFile? file))
        {
            DropContent(file);
        }

        _ = ReleaseUnawaitedAsync(ino, handle);
        return new(FsError.None);
    }

    private async Task ReleaseUnawaitedAsync(ulong ino, ulong handle)
    {
        await ArriveAsync(ino).ConfigureAwait(false);
        _ = await DoneAsync(Caller.Engine, new Step { Operation = OpCode.Release, Ino = ino, Handle = handle }).ConfigureAwait(false);
    }

    private ValueTask<FsResult<int>> ReadRemoteAsync(Caller caller, FileSpan span, Memory<byte> destination) =>
        destination.Length <= WireLimits.MaxData ? ReadPieceAsync(caller, span, destination) : ReadPiecesAsync(caller, span, destination);

    private async ValueTask<FsResult<int>> ReadArrivedAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        return await ReadRemoteAsync(caller, span, destination).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<OpenedFile>> CreatedAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        var made = new OpenedFile(slot.Attributes, slot.Handle);
        session.Release(slot);
        if (error != FsError.None)
        {
            return error;
        }

        Remember(made.Attributes.Ino, made.Handle);
        return made;
    }

    private ValueTask<FsResult<int>> ReadPieceAsync(Caller caller, FileSpan span, Memory<byte> destination) =>
        BytesAsync(caller, StepAt(OpCode.Read, span) with { Length = (ulong)destination.Length }, destination);

    /// <summary>All pieces are under way at once; the file ends where the first of them does.</summary>
    private async ValueTask<FsResult<int>> ReadPiecesAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        var pieces = new Task<FsResult<int>>[(destination.Length + WireLimits.MaxData - 1) / WireLimits.MaxData];
        for (int i = 0; i < pieces.Length; i++)
        {
            int offset = i * WireLimits.MaxData;
            int length = Math.Min(WireLimits.MaxData, destination.Length - offset);
            pieces[i] = ReadPieceAsync(caller, span with { Offset = span.Offset + (ulong)offset }, destination.Slice(offset, length)).AsTask();
        }

        FsResult<int>[] read = await Task.WhenAll(pieces).ConfigureAwait(false);
        int count = 0;
        for (int i = 0; i < read.Length; i++)
        {
            if (!read[i].Ok)
            {
                return count > 0 ? count : read[i].Error;
            }

            count += read[i].Value;
            if (count < Math.Min((i + 1) * WireLimits.MaxData, destination.Length))
            {
                break;
            }
        }

        return count;
    }

    /// <summary>The kernel says where each write goes. Were the exporter to append instead, pieces under way at once would land in any order.</summary>
    private static OpenFlags Sent(OpenFlags flags) => flags & ~OpenFlags.Append;

    private static Step StepAt(OpCode operation, in FileSpan span) => new() { Operation = operation, Ino = span.Ino, Handle = span.Handle, Offset = span.Offset };

    private RemoteFile Remember(ulong ino, ulong handle)
    {
        var file = new RemoteFile(ino, handle);
        open[handle] = file;
        return file;
    }

    /// <summary>A file changes through this session: what came with its opens is no longer it.</summary>
    private void DropContent(ulong ino)
    {
        if (Volatile.Read(ref kept) == 0)
        {
            return;
        }

        foreach ((_, RemoteFile file) in open)
        {
            if (file.Ino == ino)
            {
                DropContent(file);
            }
        }
    }

    private void DropContent(RemoteFile file)
    {
        if (file.Drop())
        {
            Interlocked.Decrement(ref kept);
        }
    }

    private static void Return(byte[]? content)
    {
        if (content is not null)
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }
}
