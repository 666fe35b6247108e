using System.Buffers;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <content>Open files.</content>
public sealed partial class RemoteFileSystem
{
    /// <summary>Handles from here on are this end's own, of files that are not open at the exporter.</summary>
    private const ulong FirstOwnHandle = StepTable.LastHandle + 1;

    /// <summary>A file that has been open so long is opened at the exporter too, so that it can be read whatever others do to its name.</summary>
    private static readonly TimeSpan UnopenedTime = TimeSpan.FromMilliseconds(500);

    private ulong ownHandles = FirstOwnHandle;

    /// <summary>Open files that may not be open at the exporter.</summary>
    private int unopened;

    public ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        CreatedAsync(caller, new Step { Operation = OpCode.Create, Ino = parent, Name = name, Mode = mode, Flags = (uint)Sent(flags) });

    public ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        CreatedAsync(caller, new Step { Operation = OpCode.CreateUnnamed, Ino = parent, Mode = mode, Flags = (uint)Sent(flags) });

    /// <summary>A file opened for reading comes whole with its open where it is small: open, read and close are one round trip, and none where its content is here.</summary>
    public async ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        bool reads = (flags & (OpenFlags.AccessMask | OpenFlags.Truncate)) == OpenFlags.ReadOnly;
        await ArriveAsync(ino).ConfigureAwait(false);
        if (!reads || isStrict)
        {
            return await OpenForWritingAsync(caller, ino, flags).ConfigureAwait(false);
        }

        ahead.ReadAhead(caller, ino, isDirty);
        if (!ahead.AsksOnOpen && ahead.Contents.Coming(ino, ahead.Oldest) is { } coming)
        {
            await coming.Loaded.ConfigureAwait(false);
        }

        if (ahead.AsksOnOpen || !ahead.Contents.Has(ino, ahead.Oldest))
        {
            return await OpenForReadingAsync(caller, ino, flags).ConfigureAwait(false);
        }

        ahead.WasUseful();
        ulong handle = Interlocked.Increment(ref ownHandles);
        open[handle] = new RemoteFile(ino, handle);
        Interlocked.Increment(ref unopened);
        return handle;
    }

    public ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        if (ahead.Contents.TryRead(span, destination.Span, ahead.Oldest, out int count))
        {
            return new(count);
        }

        if (!written.IsEmpty && written.TryGetValue(span.Ino, out WriteBehind? behind) && behind.TryRead(span.Offset, destination.Span, ahead.Oldest, out count))
        {
            return new(count);
        }

        return IsDirty(span.Ino) || span.Handle >= FirstOwnHandle ? ReadArrivedAsync(caller, span, destination) : ReadRemoteAsync(caller, span, destination);
    }

    public async ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        ahead.Contents.Drop(span.Ino);
        EndMade(span.Ino);
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        return await ChangeAsync(caller, StepAt(OpCode.Allocate, span) with { Length = length, Flags = (uint)modes }).ConfigureAwait(false);
    }

    public async ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        ahead.Contents.Drop(destination.Ino);
        EndMade(destination.Ino);
        ahead.Clock.Mark(destination.Ino);
        await ArriveAsync(source.Ino).ConfigureAwait(false);
        await ArriveAsync(destination.Ino).ConfigureAwait(false);
        FsResult<ulong> from = await RemoteHandleAsync(caller, source.Handle).ConfigureAwait(false);
        if (!from.Ok)
        {
            return from;
        }

        Step step = StepAt(OpCode.CopyRange, source with { Handle = from.Value }) with
        {
            Length = length, OtherIno = destination.Ino, OtherHandle = destination.Handle, OtherOffset = destination.Offset,
        };
        FsResult<ulong> copied = await NumberAsync(caller, step).ConfigureAwait(false);
        ahead.Clock.Mark(destination.Ino);
        return copied;
    }

    public async ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        FsResult<ulong> handle = await RemoteHandleAsync(caller, span.Handle).ConfigureAwait(false);
        return handle.Ok ? await NumberAsync(caller, StepAt(OpCode.Seek, span with { Handle = handle.Value }) with { Flags = (uint)target }).ConfigureAwait(false) : handle;
    }

    /// <summary>Nobody waits for the answer: there is nothing that a program could still be told.</summary>
    public ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle)
    {
        bool isKnown = open.TryRemove(handle, out RemoteFile? file);
        EndMade(ino);
        if (handle < FirstOwnHandle)
        {
            _ = ReleaseUnawaitedAsync(ino, handle);
        }
        else if (isKnown)
        {
            Interlocked.Decrement(ref unopened);
            if (file!.Close() is { } opening)
            {
                _ = ReleaseOpenedAsync(ino, opening);
            }
        }

        return new(FsError.None);
    }

    private async Task ReleaseUnawaitedAsync(ulong ino, ulong handle)
    {
        await ArriveAsync(ino).ConfigureAwait(false);
        _ = await DoneAsync(Caller.Engine, new Step { Operation = OpCode.Release, Ino = ino, Handle = handle }).ConfigureAwait(false);
    }

    private async Task ReleaseOpenedAsync(ulong ino, Task<FsResult<ulong>> opening)
    {
        FsResult<ulong> handle = await opening.ConfigureAwait(false);
        if (handle.Ok)
        {
            await ReleaseUnawaitedAsync(ino, handle.Value).ConfigureAwait(false);
        }
    }

    /// <summary>The open, the attributes and, of a small file, the content; then the attributes once more, as reading has left them: they are asked for next.</summary>
    private async ValueTask<FsResult<ulong>> OpenForReadingAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        Moment asked = ahead.Clock.Now;
        KeptContent content = ahead.Contents.Begin(ino, asked, Foresight.WholeFileBytes);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Foresight.WholeFileBytes);
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Destination = bytes.AsMemory(0, Foresight.WholeFileBytes);
        slot.Add(new Step { Operation = OpCode.Open, Ino = ino, Flags = (uint)Sent(flags) });
        slot.Add(new Step { Operation = OpCode.GetAttributes });
        slot.Add(new Step { Operation = OpCode.Read, Handle = StepTable.HandleBefore, Length = Foresight.WholeFileBytes, Flags = StepTable.WholeFileOnly });
        slot.Add(new Step { Operation = OpCode.GetAttributes });
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (int succeeded, ulong handle, int length, InodeAttributes attributes, InodeAttributes read) =
            (slot.Succeeded, slot.Handle, slot.DataLength, slot.Attributes, slot.LastAttributes);
        session.Release(slot);
        bool isWhole = error == FsError.None && attributes.Size == (ulong)length;
        if (succeeded > 1 && (isWhole || ahead.AsksOnOpen))
        {
            NoteOpened(read, asked);
        }

        // What follows the open is a courtesy: where it fails, a read will say so.
        if (isWhole)
        {
            ahead.Contents.Complete(content, bytes, length, FileVersion.Of(attributes));
        }
        else
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ahead.Contents.Fail(content);
        }

        return succeeded == 0 ? ahead.Noted(error, ino) : Remember(ino, handle);
    }

    private async ValueTask<FsResult<ulong>> OpenForWritingAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        bool truncates = flags.HasFlag(OpenFlags.Truncate);
        if (truncates)
        {
            ahead.Contents.Drop(ino);
            EndMade(ino);
            ahead.Clock.Mark(ino);
        }

        FsResult<ulong> opened = await OpenRemoteAsync(caller, ino, flags).ConfigureAwait(false);
        if (opened.Ok)
        {
            Remember(ino, opened.Value);
        }

        if (truncates)
        {
            Shorten(ino);
            ahead.Clock.Mark(ino);
        }

        return opened;
    }

    private async Task<FsResult<ulong>> OpenRemoteAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        Moment asked = ahead.Clock.Now;
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Open, Ino = ino, Flags = (uint)Sent(flags) });
        if (ahead.AsksOnOpen)
        {
            slot.Add(AttributesOf(ino));
        }

        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (int succeeded, ulong handle, InodeAttributes attributes) = (slot.Succeeded, slot.Handle, slot.Attributes);
        session.Release(slot);
        if (succeeded > 1)
        {
            NoteOpened(attributes, asked);
        }

        if (succeeded > 1 && (flags & OpenFlags.AccessMask) != OpenFlags.ReadOnly && lengths.IsStale(ino, caller.Pid, attributes.Size))
        {
            ahead.Clock.Mark(ino);
            _ = await DoneAsync(Caller.Engine, new Step { Operation = OpCode.Release, Ino = ino, Handle = handle }).ConfigureAwait(false);
            return FsError.Stale;
        }

        return succeeded > 0 ? handle : ahead.Noted(error, ino);
    }

    /// <summary>What came with an open is no older than it. The kernel asks for it next.</summary>
    private void NoteOpened(in InodeAttributes attributes, Moment asked)
    {
        Shorten(attributes.Ino); // All that was written here has arrived: the length is what the exporter says.
        ahead.Directories.Attributes.KeepOpened(attributes, asked);
        ahead.Directories.Heard(attributes);
    }

    /// <summary>The exporter's handle of an open file.</summary>
    internal ValueTask<FsResult<ulong>> RemoteHandleAsync(Caller caller, ulong handle)
    {
        if (handle < FirstOwnHandle)
        {
            return new(handle);
        }

        return open.TryGetValue(handle, out RemoteFile? file) ? new(OpenedAsync(caller, file)) : new(FsError.BadHandle);
    }

    private Task<FsResult<ulong>> OpenedAsync(Caller caller, RemoteFile file) =>
        file.OpenedAsync(caller, (who, ino) => OpenRemoteAsync(who, ino, OpenFlags.ReadOnly));

    /// <summary>Opens at the exporter what was opened here alone: its name, or the right to open it, is about to go.</summary>
    /// <param name="caller">For whom.</param>
    /// <param name="older">Only what has been open for so long.</param>
    /// <param name="only">Only that inode; 0: which it is, is not known.</param>
    private async ValueTask OpenKeptAsync(Caller caller, TimeSpan older = default, ulong only = 0)
    {
        if (Volatile.Read(ref unopened) == 0)
        {
            return;
        }

        var opening = new List<Task>();
        foreach ((ulong handle, RemoteFile file) in open)
        {
            if (handle >= FirstOwnHandle && (only == 0 || only == file.Ino) && file.Age >= older.TotalMilliseconds)
            {
                opening.Add(OpenedAsync(caller, file));
            }
        }

        await Task.WhenAll(opening).ConfigureAwait(false);
    }

    private ValueTask<FsResult<int>> ReadRemoteAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        ahead.Directories.Attributes.Forget(span.Ino);
        return destination.Length <= WireLimits.MaxData ? ReadPieceAsync(caller, span, destination) : ReadPiecesAsync(caller, span, destination);
    }

    private async ValueTask<FsResult<int>> ReadArrivedAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        FsResult<ulong> handle = await RemoteHandleAsync(caller, span.Handle).ConfigureAwait(false);
        return handle.Ok ? await ReadRemoteAsync(caller, span with { Handle = handle.Value }, destination).ConfigureAwait(false) : handle.Error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<OpenedFile>> CreatedAsync(Caller caller, Step step)
    {
        bool isNamed = step.Operation == OpCode.Create;
        Moment begun = isNamed ? ahead.Directories.Touch(step.Ino, step.Name.Span) : default;
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        if (isNamed)
        {
            slot.Add(AttributesOf(step.Ino));
        }

        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        var made = new OpenedFile(slot.Attributes, slot.Handle);
        (InodeAttributes directory, int succeeded) = (slot.LastAttributes, slot.Succeeded);
        session.Release(slot);
        if (isNamed)
        {
            ahead.Directories.EndTouch(new DirectoryEntry(step.Ino, step.Name), begun, succeeded > 1 ? directory : default, succeeded > 0 ? made.Attributes.Ino : 0);
        }

        if (succeeded == 0)
        {
            return ahead.Noted(error, step.Ino);
        }

        // It may have been there before, and may have been made empty.
        ahead.Clock.Mark(made.Attributes.Ino);
        Remember(made.Attributes.Ino, made.Handle);
        bool isNew = ((OpenFlags)step.Flags).HasFlag(OpenFlags.Exclusive);
        if (isNamed && (isNew || IsBlank(made.Attributes)))
        {
            await RememberMadeAsync(made.Attributes, isNew).ConfigureAwait(false);
        }

        return made with { Attributes = Heard(made.Attributes) };
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

    /// <summary>Whether a file that O_CREAT has opened is as good as a new one: nothing is in it, nobody has another name for it, and a write changes no more than its content.</summary>
    private static bool IsBlank(in InodeAttributes attributes) =>
        attributes.Size == 0 && attributes.LinkCount == 1 && ModeBits.IsRegular(attributes.Mode) && (attributes.Mode & WriteBehind.SpecialBits) == 0;

    private ulong Remember(ulong ino, ulong handle)
    {
        open[handle] = new RemoteFile(ino, handle);
        return handle;
    }
}
