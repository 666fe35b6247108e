using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>Does the steps of one request, one after the other, and writes their results. Belongs to one slot.</summary>
internal sealed class StepExecutor(Exporter session, IFileSystem files, ExportPolicy policy, ToldInodes told, ExportedHandles handles)
{
    private readonly ListingSink listing = new(told, policy.Hidden);
    private Step step;
    private ulong inoBefore;
    private ulong handleBefore;

    /// <summary>Bytes that a step's result may take, its header included.</summary>
    public static int ResultBound(in Step step)
    {
        ResultFields fields = StepTable.Of(step.Operation).Results;
        int bound = StepCodec.HeaderSize;
        bound += fields.HasFlag(ResultFields.Attributes) ? AttributesCodec.Size : 0;
        bound += fields.HasFlag(ResultFields.Handle) ? sizeof(ulong) : 0;
        bound += fields.HasFlag(ResultFields.Number) ? sizeof(ulong) : 0;
        bound += fields.HasFlag(ResultFields.Statistics) ? StatisticsCodec.Size : 0;
        return bound + DataBound(step);
    }

    /// <summary>Of the step that was taken.</summary>
    public OpCode Operation => step.Operation;

    /// <summary>Takes the next step of a request; the first with <paramref name="isFirst"/>.</summary>
    public bool TryTake(ReadOnlyMemory<byte> request, ref int position, bool isFirst)
    {
        if (isFirst)
        {
            (inoBefore, handleBefore) = (0, 0);
        }

        if (!StepCodec.TryRead(request, ref position, ref step))
        {
            return false;
        }

        step.Ino = step.Ino == StepTable.InoBefore ? inoBefore : step.Ino;
        step.Handle = step.Handle == StepTable.HandleBefore ? handleBefore : step.Handle;
        return true;
    }

    /// <summary>Does the step that was taken; its result, with header, goes to the beginning of <paramref name="reply"/>.</summary>
    /// <returns>Its errno, and the length of header and body.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(FsError Error, int Length)> DoAsync(Caller caller, Memory<byte> reply)
    {
        FsError refused = IsTold() ? policy.Judge(step) : FsError.Stale;
        StepOutcome outcome = refused == FsError.None
            ? await DispatchAsync(caller, reply[StepCodec.HeaderSize..]).ConfigureAwait(false)
            : new StepOutcome(refused);
        int length = outcome.Error == FsError.None ? outcome.Length : 0;
        inoBefore = outcome.Ino != 0 ? outcome.Ino : step.Ino;
        handleBefore = outcome.Handle != 0 ? outcome.Handle : handleBefore;
        StepCodec.WriteHeader(reply.Span, step.Operation, (int)outcome.Error, length);
        return (outcome.Error, StepCodec.HeaderSize + length);
    }

    /// <summary>The result of a step that met a fault; its length.</summary>
    public int Fail(Memory<byte> reply)
    {
        StepCodec.WriteHeader(reply.Span, step.Operation, (int)FsError.IO, 0);
        return StepCodec.HeaderSize;
    }

    /// <summary>Inodes that the session was not told of are not the importer's to name, whatever file system might know them.</summary>
    private bool IsTold()
    {
        StepFields fields = StepTable.Of(step.Operation).Arguments;
        return (!fields.HasFlag(StepFields.Ino) || told.Has(step.Ino)) && (!fields.HasFlag(StepFields.OtherIno) || told.Has(step.OtherIno));
    }

    private static int DataBound(in Step step) => step.Operation switch
    {
        OpCode.Lock => LockCodec.Size,
        OpCode.Read => (int)Math.Min(step.Length, WireLimits.MaxData),
        OpCode.ReadLink => FsLimits.MaxSymlink,
        OpCode.ReadDirectory => (int)Math.Min(step.Length, WireLimits.MaxListing),
        OpCode.GetXattr or OpCode.ListXattrs => (int)Math.Min(step.Length, FsLimits.MaxXattrValue),
        _ => 0,
    };

    private ValueTask<StepOutcome> DispatchAsync(Caller caller, Memory<byte> body) => step.Operation switch
    {
        OpCode.Lookup when told.IsFull => new(new StepOutcome(FsError.OutOfMemory)),
        OpCode.Lookup => FoundAsync(files.LookupAsync(caller, step.Ino, step.Name), body, tells: true),
        OpCode.Forget => new(Forget()),
        OpCode.GetAttributes => FoundAsync(files.GetAttributesAsync(caller, step.Ino), body, tells: false),
        OpCode.SetAttributes => SetAttributesAsync(caller, body),
        OpCode.ReadLink => BytesAsync(files.ReadLinkAsync(caller, step.Ino, body[..FsLimits.MaxSymlink])),
        OpCode.MakeNode => FoundAsync(files.MakeNodeAsync(caller, step.Ino, step.Name, new NewNode(ExportPolicy.ModeOf(step.Mode), 0, step.OtherName)), body, tells: true),
        OpCode.Create or OpCode.CreateUnnamed or OpCode.Open when handles.IsFull => new(new StepOutcome(FsError.TooManyOpenFiles)),
        OpCode.Create => OpenedAsync(files.CreateAsync(caller, step.Ino, step.Name, ExportPolicy.ModeOf(step.Mode), ExportPolicy.OpenFlagsOf(step.Flags)), body),
        OpCode.CreateUnnamed => OpenedAsync(files.CreateUnnamedAsync(caller, step.Ino, ExportPolicy.ModeOf(step.Mode), ExportPolicy.OpenFlagsOf(step.Flags)), body),
        OpCode.Link => FoundAsync(files.LinkAsync(caller, step.OtherIno, step.Ino, step.Name), body, tells: true),
        OpCode.Unlink => DoneAsync(files.UnlinkAsync(caller, step.Ino, step.Name)),
        OpCode.RemoveDirectory => DoneAsync(files.RemoveDirectoryAsync(caller, step.Ino, step.Name)),
        OpCode.Rename => DoneAsync(files.RenameAsync(
            caller, new DirectoryEntry(step.Ino, step.Name), new DirectoryEntry(step.OtherIno, step.OtherName), (RenameFlags)step.Flags & (RenameFlags.NoReplace | RenameFlags.Exchange))),
        OpCode.Open => OpenAsync(caller, body),
        OpCode.Sync => DoneAsync(files.SyncAsync(caller, step.Ino, step.Flags == StepTable.DataOnly)),
        OpCode.ReadDirectory => ReadDirectoryAsync(caller, body),
        OpCode.SetXattr => DoneAsync(files.SetXattrAsync(caller, step.Ino, step.Name, step.Data, (XattrFlags)step.Flags & (XattrFlags.Create | XattrFlags.Replace))),
        OpCode.GetXattr => ValueAsync(files.GetXattrAsync(caller, step.Ino, step.Name, ValueBuffer(body)), body),
        OpCode.ListXattrs => ValueAsync(files.ListXattrsAsync(caller, step.Ino, ValueBuffer(body)), body),
        OpCode.RemoveXattr => DoneAsync(files.RemoveXattrAsync(caller, step.Ino, step.Name)),
        OpCode.Statistics => StatisticsAsync(caller, body),
        _ => DispatchOpenAsync(caller, body),
    };

    /// <summary>Steps on open files: the handle must be one of this session, on this inode.</summary>
    private ValueTask<StepOutcome> DispatchOpenAsync(Caller caller, Memory<byte> body)
    {
        if (!handles.Has(step.Handle, step.Ino) || (step.Operation == OpCode.CopyRange && !handles.Has(step.OtherHandle, step.OtherIno)))
        {
            return new(new StepOutcome(FsError.BadHandle));
        }

        if (step.Operation == OpCode.Lock)
        {
            return new(Lock(body)); // Ranges of locks may lie where no file ever ends.
        }

        var span = new FileSpan(step.Ino, step.Handle, step.Offset);
        bool fits = step.Offset <= FsLimits.MaxFileSize && step.Length <= FsLimits.MaxFileSize - step.Offset && step.OtherOffset <= FsLimits.MaxFileSize;
        return !fits ? new(new StepOutcome(FsError.InvalidArgument)) : step.Operation switch
        {
            OpCode.Read => ReadAsync(caller, span, body),
            OpCode.Write => NumberAsync(files.WriteAsync(caller, span, step.Data, (WriteFlags)step.Flags & (WriteFlags.KillPrivileges | WriteFlags.DataSync)), body),
            OpCode.Allocate => DoneAsync(files.AllocateAsync(caller, span, step.Length, (AllocateModes)step.Flags)),
            OpCode.CopyRange => NumberAsync(files.CopyRangeAsync(caller, span, new FileSpan(step.OtherIno, step.OtherHandle, step.OtherOffset), step.Length), body),
            OpCode.Seek => SeekAsync(caller, span, body),
            OpCode.Flush => DoneAsync(files.FlushAsync(caller, step.Ino, step.Handle)),
            OpCode.Release => ReleaseAsync(),
            _ => new(new StepOutcome(FsError.NotSupported)),
        };
    }

    private StepOutcome Forget()
    {
        var reader = new WireReader(step.Data.Span);
        bool known = step.Data.Length <= WireLimits.MaxForgotten * (sizeof(ulong) + sizeof(uint));
        while (known && reader.Remaining > 0)
        {
            ulong ino = reader.UInt64();
            known = told.TryRemove(ino, reader.UInt32()) && !reader.HasFailed;
        }

        return new StepOutcome(known ? FsError.None : FsError.InvalidArgument);
    }

    private ValueTask<StepOutcome> SetAttributesAsync(Caller caller, Memory<byte> body)
    {
        AttributeChanges changes = step.Changes;
        if (changes.Handle != 0 && !handles.Has(changes.Handle, step.Ino))
        {
            return new(new StepOutcome(FsError.BadHandle));
        }

        changes.Mode = ExportPolicy.ModeOf(changes.Mode);
        return FoundAsync(files.SetAttributesAsync(caller, step.Ino, changes), body, tells: false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> ReadAsync(Caller caller, FileSpan span, Memory<byte> body)
    {
        Memory<byte> destination = body[..DataBound(step)];
        if (step.Flags == StepTable.WholeFileOnly)
        {
            FsResult<InodeAttributes> found = await files.GetAttributesAsync(caller, span.Ino).ConfigureAwait(false);
            if (!found.Ok || found.Value.Size > (ulong)destination.Length)
            {
                return new StepOutcome(found.Error, 0, span.Ino);
            }
        }

        FsResult<int> read = await files.ReadAsync(caller, span, destination).ConfigureAwait(false);
        return new StepOutcome(read.Error, read.Value, span.Ino);
    }

    private ValueTask<StepOutcome> SeekAsync(Caller caller, FileSpan span, Memory<byte> body) =>
        step.Flags is (uint)SeekTarget.Data or (uint)SeekTarget.Hole
            ? NumberAsync(files.SeekAsync(caller, span, (SeekTarget)step.Flags), body)
            : new(new StepOutcome(FsError.InvalidArgument));

    private StepOutcome Lock(Memory<byte> body)
    {
        if (session.Locks is not { } locks)
        {
            return new StepOutcome(FsError.NotImplemented);
        }

        if (!LockCodec.TryRead(step, out FileLock wanted, out LockOwner owner, out bool isQuestion))
        {
            return new StepOutcome(FsError.InvalidArgument);
        }

        var holder = new LockHolder(session, owner);
        if (!isQuestion)
        {
            return new StepOutcome(locks.Set(step.Ino, holder, wanted));
        }

        FileLock? found = locks.Find(step.Ino, holder, wanted);
        return new StepOutcome(FsError.None, found is { } other ? LockCodec.Write(body.Span, other) : 0);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> ReleaseAsync() =>
        new(handles.TryRemove(step.Handle, step.Ino) ? await files.ReleaseAsync(step.Ino, step.Handle).ConfigureAwait(false) : FsError.BadHandle);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> OpenAsync(Caller caller, Memory<byte> body)
    {
        FsResult<ulong> opened = await files.OpenAsync(caller, step.Ino, ExportPolicy.OpenFlagsOf(step.Flags)).ConfigureAwait(false);
        if (!opened.Ok)
        {
            return new StepOutcome(opened.Error);
        }

        handles.Add(opened.Value, step.Ino);
        BinaryPrimitives.WriteUInt64LittleEndian(body.Span, opened.Value);
        return new StepOutcome(FsError.None, sizeof(ulong), step.Ino, opened.Value);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> ReadDirectoryAsync(Caller caller, Memory<byte> body)
    {
        int bound = DataBound(step);
        if (bound == 0 || told.IsFull)
        {
            return new StepOutcome(bound == 0 ? FsError.InvalidArgument : FsError.OutOfMemory);
        }

        listing.Begin(step.Ino, body[..bound], step.Flags == StepTable.WithAttributes);
        FsError error = await files.ReadDirectoryAsync(caller, step.Ino, step.Offset, listing).ConfigureAwait(false);
        listing.End();
        return new StepOutcome(error, listing.Length, step.Ino);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> FoundAsync(ValueTask<FsResult<InodeAttributes>> task, Memory<byte> body, bool tells)
    {
        FsResult<InodeAttributes> found = await task.ConfigureAwait(false);
        return found.Ok ? Tell(found.Value, 0, body, tells) : new StepOutcome(found.Error);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> OpenedAsync(ValueTask<FsResult<OpenedFile>> task, Memory<byte> body)
    {
        FsResult<OpenedFile> made = await task.ConfigureAwait(false);
        if (!made.Ok)
        {
            return new StepOutcome(made.Error);
        }

        handles.Add(made.Value.Handle, made.Value.Attributes.Ino);
        return Tell(made.Value.Attributes, made.Value.Handle, body, tells: true);
    }

    private StepOutcome Tell(in InodeAttributes attributes, ulong handle, Memory<byte> body, bool tells)
    {
        if (tells)
        {
            told.Add(attributes.Ino);
        }

        var writer = new WireWriter(body.Span);
        AttributesCodec.Write(ref writer, attributes);
        if (handle != 0)
        {
            writer.UInt64(handle);
        }

        return new StepOutcome(FsError.None, writer.Position, attributes.Ino, handle);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<StepOutcome> DoneAsync(ValueTask<FsError> task) => new(await task.ConfigureAwait(false));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<StepOutcome> BytesAsync(ValueTask<FsResult<int>> task)
    {
        FsResult<int> read = await task.ConfigureAwait(false);
        return new StepOutcome(read.Error, read.Value);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<StepOutcome> NumberAsync(ValueTask<FsResult<int>> task, Memory<byte> body)
    {
        FsResult<int> done = await task.ConfigureAwait(false);
        return Number(done.Error, (ulong)done.Value, body);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<StepOutcome> NumberAsync(ValueTask<FsResult<ulong>> task, Memory<byte> body)
    {
        FsResult<ulong> done = await task.ConfigureAwait(false);
        return Number(done.Error, done.Value, body);
    }

    private static StepOutcome Number(FsError error, ulong number, Memory<byte> body)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(body.Span, number);
        return new StepOutcome(error, sizeof(ulong));
    }

    private Memory<byte> ValueBuffer(Memory<byte> body) => body.Slice(sizeof(ulong), DataBound(step));

    /// <summary>A value's length, and its bytes where they were asked for.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> ValueAsync(ValueTask<FsResult<int>> task, Memory<byte> body)
    {
        FsResult<int> read = await task.ConfigureAwait(false);
        BinaryPrimitives.WriteUInt64LittleEndian(body.Span, (ulong)read.Value);
        return new StepOutcome(read.Error, sizeof(ulong) + (DataBound(step) == 0 ? 0 : read.Value));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<StepOutcome> StatisticsAsync(Caller caller, Memory<byte> body)
    {
        FsResult<FileSystemStatistics> found = await files.GetStatisticsAsync(caller).ConfigureAwait(false);
        StatisticsCodec.Write(body.Span, found.Value);
        return new StepOutcome(found.Error, StatisticsCodec.Size);
    }
}
