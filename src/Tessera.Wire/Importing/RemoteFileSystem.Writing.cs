using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <content>Write-behind: a write is answered when its bytes are kept here; close(2) and fsync(2) are when they are at the exporter, and tell what went wrong.</content>
public sealed partial class RemoteFileSystem
{
    /// <summary>How long a piece may wait for more bytes.</summary>
    private static readonly TimeSpan HoldTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Contents of files that are being made here, all together.</summary>
    private const int MaxMadeBytes = 16 << 20;

    private readonly ConcurrentDictionary<ulong, WriteBehind> written = new();
    private readonly ByteBudget madeContents = new(MaxMadeBytes);
    private readonly Timer push;

    public ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        ahead.Contents.Drop(span.Ino);
        ahead.Clock.Mark(span.Ino);
        lengths.Grow(span.Ino, span.Offset + (ulong)content.Length);
        return !isStrict && (flags & WriteFlags.DataSync) == WriteFlags.None
            ? WriteBehindAsync(caller, span, content, flags & WriteFlags.KillPrivileges)
            : WriteThroughAsync(caller, span, content, flags);
    }

    /// <summary>What was written, and the flush, are one round trip where it was little.</summary>
    public ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle)
    {
        if (!written.TryGetValue(ino, out WriteBehind? behind))
        {
            return new(FsError.None);
        }

        if (behind.IsDirty)
        {
            return SettleAsync(behind, new Step { Operation = OpCode.Flush, Ino = ino, Handle = handle }, caller);
        }

        behind.EndMade();
        return new(FsError.None);
    }

    public ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        var step = new Step { Operation = OpCode.Sync, Ino = ino, Flags = dataOnly ? StepTable.DataOnly : 0 };
        return written.TryGetValue(ino, out WriteBehind? behind) && behind.IsDirty ? SettleAsync(behind, step, caller) : DoneAsync(caller, step);
    }

    /// <summary>Waits until everything that was written is at the exporter; the mount is gone.</summary>
    public async Task SettleAsync()
    {
        foreach (ulong ino in written.Keys)
        {
            await ArriveAsync(ino).ConfigureAwait(false);
        }
    }

    /// <summary>Attributes that the exporter told while writes were on their way: the file is no shorter than they make it.</summary>
    private InodeAttributes Overlay(in InodeAttributes attributes) =>
        !written.IsEmpty && written.TryGetValue(attributes.Ino, out WriteBehind? behind) ? behind.Overlay(attributes) : attributes;

    /// <summary>A file that this end has made, exclusively, takes a change of its mode and times with what is written to it: both are at the exporter when it is closed, which
    /// tells what went wrong.</summary>
    private async ValueTask<InodeAttributes?> ChangeBehindAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        if (session.IsOver || !written.TryGetValue(ino, out WriteBehind? behind))
        {
            return null;
        }

        await behind.Order.WaitAsync().ConfigureAwait(false);
        try
        {
            return !behind.IsGone && behind.TryChange(caller, changes, out InodeAttributes told) ? told : null;
        }
        finally
        {
            behind.Order.Release();
        }
    }

    /// <summary>This end has made a file, or found it empty.</summary>
    private async ValueTask RememberMadeAsync(InodeAttributes attributes, bool isNew)
    {
        WriteBehind behind = await TakeAsync(attributes.Ino).ConfigureAwait(false);
        behind.BeginMade(new MadeFile(attributes, isNew, madeContents));
        behind.Order.Release();
    }

    /// <summary>A file is closed, or changes in ways that are not kept here.</summary>
    private void EndMade(ulong ino)
    {
        if (written.TryGetValue(ino, out WriteBehind? behind))
        {
            behind.EndMade();
        }
    }

    private bool IsDirty(ulong ino) => !written.IsEmpty && written.TryGetValue(ino, out WriteBehind? behind) && behind.IsDirty;

    /// <summary>Waits until everything written to a file is at the exporter. What failed is told by the next close or sync.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask ArriveAsync(ulong ino)
    {
        if (!written.TryGetValue(ino, out WriteBehind? behind))
        {
            return;
        }

        await behind.Order.WaitAsync().ConfigureAwait(false);
        try
        {
            await SendPiecesAsync(behind).ConfigureAwait(false);
            await SendChangesAsync(behind).ConfigureAwait(false);
            await behind.DrainedAsync().ConfigureAwait(false);
        }
        finally
        {
            behind.Order.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<int>> WriteBehindAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        WriteBehind behind = await TakeAsync(span.Ino).ConfigureAwait(false);
        try
        {
            if (session.IsOver)
            {
                return FsError.NotConnected;
            }

            if (behind.HasChanges)
            {
                await SendPiecesAsync(behind).ConfigureAwait(false);
                await SendChangesAsync(behind).ConfigureAwait(false); // A write after them changes the times again.
            }

            for (int done = 0; done < content.Length;)
            {
                ReadOnlyMemory<byte> part = content.Slice(done, Math.Min(content.Length - done, WireLimits.MaxData));
                if (!behind.TryAppend(caller, span with { Offset = span.Offset + (ulong)done }, part.Span, flags))
                {
                    await SendPiecesAsync(behind).ConfigureAwait(false);
                    continue;
                }

                done += part.Length;
            }

            return content.Length;
        }
        finally
        {
            behind.Order.Release();
        }
    }

    /// <summary>What is kept of a file's writes, with its order taken.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteBehind> TakeAsync(ulong ino)
    {
        while (true)
        {
            WriteBehind behind = written.GetOrAdd(ino, static ino => new WriteBehind(ino));
            await behind.Order.WaitAsync().ConfigureAwait(false);
            if (!behind.IsGone)
            {
                return behind;
            }

            behind.Order.Release();
        }
    }

    /// <summary>A file was cut short through this session.</summary>
    private void Shorten(ulong ino)
    {
        if (written.TryGetValue(ino, out WriteBehind? behind))
        {
            behind.Shorten();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<int>> WriteThroughAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        EndMade(span.Ino);
        await ArriveAsync(span.Ino).ConfigureAwait(false);
        int done = 0;
        while (done < content.Length)
        {
            ReadOnlyMemory<byte> part = content.Slice(done, Math.Min(content.Length - done, WireLimits.MaxData));
            Step step = StepAt(OpCode.Write, span with { Offset = span.Offset + (ulong)done }) with { Flags = (uint)flags, Data = part };
            FsResult<ulong> count = await NumberAsync(caller, step).ConfigureAwait(false);
            ahead.Clock.Mark(span.Ino);
            if (!count.Ok || count.Value > (ulong)part.Length)
            {
                return done > 0 ? done : count.Ok ? FsError.IO : count.Error;
            }

            done += (int)count.Value;
            if (count.Value < (ulong)part.Length)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Sends what is kept, if there is something, and does not wait for the reply; only for the credit to send it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendPiecesAsync(WriteBehind behind)
    {
        if (behind.Length == 0)
        {
            return;
        }

        if (behind.Overlaps())
        {
            await behind.DrainedAsync().ConfigureAwait(false);
        }

        ImportSlot slot = await session.BeginAsync(behind.Writer).ConfigureAwait(false);
        _ = AwaitPiecesAsync(slot, behind, behind.Leave(slot));
    }

    private async Task AwaitPiecesAsync(ImportSlot slot, WriteBehind behind, PieceRanges sent)
    {
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ulong count = slot.Numbers;
        session.Release(slot);
        ahead.Clock.Mark(behind.Ino);
        behind.Arrived(sent, error != FsError.None ? error : count == (ulong)sent.Length ? FsError.None : FsError.NoSpace);
    }

    /// <summary>Sends mode and times after all that was written, and waits for them.</summary>
    private async ValueTask SendChangesAsync(WriteBehind behind)
    {
        if (!behind.HasChanges)
        {
            return;
        }

        await behind.DrainedAsync().ConfigureAwait(false);
        FsError error = await DoneAsync(behind.Writer, ChangesOf(behind)).ConfigureAwait(false);
        ahead.Clock.Mark(behind.Ino);
        behind.ChangesArrived(error);
    }

    /// <summary>Waits for what is on its way; then sends the pieces that are kept, mode and times, and the step that must come after them, in one request. With a close the attributes that the
    /// file has then come back, and what was written to a file that was made here is kept: it may be read next.</summary>
    private async ValueTask<FsError> SettleAsync(WriteBehind behind, Step last, Caller caller)
    {
        await behind.Order.WaitAsync().ConfigureAwait(false);
        try
        {
            await behind.DrainedAsync().ConfigureAwait(false);
            ImportSlot slot = await session.BeginAsync(behind.Length > 0 ? behind.Writer : caller).ConfigureAwait(false);
            PieceRanges sent = behind.Leave(slot);
            bool hasChanges = behind.HasChanges;
            if (hasChanges)
            {
                slot.Add(ChangesOf(behind));
            }

            slot.Add(last);
            bool closes = last.Operation == OpCode.Flush;
            if (closes)
            {
                slot.Add(AttributesOf(behind.Ino));
            }

            int steps = sent.Count + (hasChanges ? 1 : 0) + 1;
            Moment begun = ahead.Clock.Mark(behind.Ino);
            FsError error = await session.CallAsync(slot).ConfigureAwait(false);
            (ulong count, int succeeded, InodeAttributes attributes) = (slot.Numbers, slot.Succeeded, slot.LastAttributes);
            session.Release(slot);
            bool isOnly = ahead.Clock.TryEnd(behind.Ino, begun, out Moment done);
            if (sent.Count > 0)
            {
                behind.Arrived(sent, succeeded < sent.Count ? error : count == (ulong)sent.Length ? FsError.None : FsError.NoSpace);
            }

            if (hasChanges)
            {
                behind.ChangesArrived(succeeded > sent.Count ? FsError.None : error);
            }

            FsError outcome = behind.TakeError();
            outcome = outcome != FsError.None ? outcome : succeeded >= steps ? FsError.None : error;
            if (closes)
            {
                KeepClosed(behind, isOnly && outcome == FsError.None && succeeded > steps ? attributes : default, done);
            }

            return outcome;
        }
        finally
        {
            behind.Order.Release();
        }
    }

    /// <summary>A file was closed.</summary>
    /// <param name="behind">What was written to it.</param>
    /// <param name="attributes">What it is since then; of inode 0: nobody knows.</param>
    /// <param name="told">When.</param>
    private void KeepClosed(WriteBehind behind, in InodeAttributes attributes, Moment told)
    {
        byte[]? content = behind.TakeMade(out int length);
        bool isKnown = attributes.Ino == behind.Ino;
        if (isKnown)
        {
            ahead.Directories.Attributes.KeepOpened(attributes, told);
        }

        if (content is null)
        {
            return;
        }

        if (isKnown && attributes.Size == (ulong)length)
        {
            ahead.Contents.Complete(ahead.Contents.Begin(behind.Ino, told, content.Length), content, length, FileVersion.Of(attributes));
        }
        else
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private static Step ChangesOf(WriteBehind behind) => new() { Operation = OpCode.SetAttributes, Ino = behind.Ino, Changes = behind.Changes };

    /// <summary>Sends pieces that have waited long enough, and forgets files whose writes arrived a while ago, and what is too old to be believed.</summary>
    private void Push()
    {
        long now = Environment.TickCount64;
        ahead.Sweep();
        _ = OpenKeptAsync(Caller.Engine, UnopenedTime).AsTask();
        foreach ((ulong ino, WriteBehind behind) in written)
        {
            bool isOld = now - behind.Touched >= HoldTime.TotalMilliseconds;
            if (isOld && (behind.Length > 0 || behind.HasChanges))
            {
                _ = PushAsync(behind);
            }
            else if (isOld && !behind.IsDirty && now - behind.Touched >= 4 * HoldTime.TotalMilliseconds && behind.Order.Wait(0))
            {
                if (!behind.IsDirty)
                {
                    behind.IsGone = true;
                    behind.EndMade();
                    written.TryRemove(ino, out _);
                }

                behind.Order.Release();
            }
        }
    }

    private async Task PushAsync(WriteBehind behind)
    {
        await behind.Order.WaitAsync().ConfigureAwait(false);
        await SendPiecesAsync(behind).ConfigureAwait(false);
        await SendChangesAsync(behind).ConfigureAwait(false);
        behind.Order.Release();
    }
}
