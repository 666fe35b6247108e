using System.Runtime.CompilerServices;

namespace Tessera.Fuse;

/// <summary>Runs one request from its bytes to its reply. Knows nothing of threads: any thread may run any request, one request once.</summary>
internal sealed partial class Dispatcher(FuseFileSystem fileSystem, IFuseTransport transport, RequestPool requests, FuseOptions options)
{
    private FuseConnection? _connection;

    public FuseFileSystem FileSystem => fileSystem;

    public FuseConnection? Connection => Volatile.Read(ref _connection);

    public int SetXattrInSize =>
        Connection?.Has(FuseFeatures.SetXattrExtended) == true ? Unsafe.SizeOf<SetXattrIn>() : SetXattrIn.CompatibleSize;

    /// <summary>Takes a message of <paramref name="length"/> bytes just read into the request's buffer.</summary>
    public void Dispatch(FuseRequest request, int length)
    {
        if (!request.Accept(length))
        {
            options.OnFault?.Invoke(new FuseFault("A message shorter than a request header was dropped."));
            requests.Return(request);
            return;
        }

        request.Begin();
        if (OperationTable.Find(request.Opcode) is not { } run)
            Reply(request, Errno.ENOSYS);
        else if (!request.IsWellFormed)
            Refuse(request);
        else
            Run(request, run);
    }

    public bool Reply(FuseRequest request, Errno outcome)
    {
        if ((uint)outcome >= Limits.FirstInvalidErrno)
        {
            Fault(request, "A handler answered with an error number outside errno's range.");
            outcome = Errno.EIO;
        }

        Send(request, request.EncodeError(outcome));
        Finish(request);
        return true;
    }

    public bool Reply(FuseRequest request, ValueTask<Errno> pending)
    {
        if (pending.IsCompletedSuccessfully)
            return Reply(request, pending.Result);

        _ = ReplyLater(request, pending);
        return true;
    }

    public bool Reply<T>(FuseRequest request, ValueTask<FuseResult<T>> pending, ReplyEncoder<T> encode)
        where T : struct
    {
        if (pending.IsCompletedSuccessfully)
            return Reply(request, pending.Result, encode);

        _ = ReplyLater(request, pending, encode);
        return true;
    }

    /// <summary>READDIR and READDIRPLUS: the entries packed so far.</summary>
    public bool ReplyPacked(FuseRequest request, ValueTask<Errno> pending)
    {
        if (pending.IsCompletedSuccessfully)
            return ReplyPacked(request, pending.Result);

        _ = ReplyPackedLater(request, pending);
        return true;
    }

    private void Run(FuseRequest request, OperationHandler run)
    {
#pragma warning disable CA1031 // Whatever escapes a handler is that request's failure and nobody else's.
        try
        {
            if (!run(this, request, request.Body))
                Refuse(request);
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
#pragma warning restore CA1031
    }

    private bool Reply<T>(FuseRequest request, in FuseResult<T> result, ReplyEncoder<T> encode)
        where T : struct
    {
        if (result.Error != Errno.None)
            return Reply(request, result.Error);

        var message = encode(request, result.Value);
        if (message.IsEmpty)
        {
            Fault(request, "A handler answered more than was asked for.");
            return Reply(request, Errno.EIO);
        }

        if (!Send(request, message))
            TakeBack(result.Value);
        Finish(request);
        return true;
    }

    private bool ReplyPacked(FuseRequest request, Errno outcome)
    {
        // An error would lose entries already counted as lookups; the kernel asks again from the last cookie and meets the error first.
        if (outcome != Errno.None && request.PackedLength == 0)
            return Reply(request, outcome);

        if (!Send(request, request.EncodePayload(request.PackedLength)) && request.Opcode == FuseOpcode.ReadDirectoryPlus)
            FuseDirectoryWriter.TakeBackLookups(request, fileSystem);
        Finish(request);
        return true;
    }

#pragma warning disable CA1031 // As in Run.
    private async Task ReplyLater(FuseRequest request, ValueTask<Errno> pending)
    {
        try
        {
            Reply(request, await pending.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
    }

    private async Task ReplyLater<T>(FuseRequest request, ValueTask<FuseResult<T>> pending, ReplyEncoder<T> encode)
        where T : struct
    {
        try
        {
            Reply(request, await pending.ConfigureAwait(false), encode);
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
    }

    private async Task ReplyPackedLater(FuseRequest request, ValueTask<Errno> pending)
    {
        try
        {
            ReplyPacked(request, await pending.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
    }
#pragma warning restore CA1031

    /// <summary>False: the kernel did not take it.</summary>
    private bool Send(FuseRequest request, ReadOnlySpan<byte> message)
    {
        var outcome = transport.Write(message, default);
        if (outcome == 0)
            return true;

        // ENOENT: nobody waits any more. ENODEV, EPERM: the connection is gone, or not yet made. None is a fault of ours.
        if (-outcome is not ((int)Errno.ENOENT or (int)Errno.ENODEV or (int)Errno.EPERM))
            Fault(request, $"The kernel refused a reply with error {-outcome}.");
        return false;
    }

    /// <summary>An entry the kernel never received is a lookup it will never forget.</summary>
    private void TakeBack<T>(in T value)
    {
        var nodeId = value switch
        {
            FuseEntry entry => entry.NodeId,
            FuseCreated created => created.Entry.NodeId,
            _ => 0UL,
        };
        if (nodeId != 0)
            fileSystem.Forget(nodeId, 1);
    }

    private void Finish(FuseRequest request)
    {
        if (request.HoldsLockWait)
        {
            request.HoldsLockWait = false;
            Interlocked.Decrement(ref _waitingLocks);
        }

        request.End();
        requests.Return(request);
    }

    private void Refuse(FuseRequest request)
    {
        Fault(request, "A malformed request was refused.");
        if (request.Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.NotifyReply)
            Finish(request);
        else
            Reply(request, Errno.EINVAL);
    }

    private void Fail(FuseRequest request, Exception exception)
    {
        options.OnFault?.Invoke(new FuseFault("A handler failed.", request.Opcode, exception));
        if (request.Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.NotifyReply)
            Finish(request);
        else
            Reply(request, Errno.EIO);
    }

    private void Fault(FuseRequest request, string message) => options.OnFault?.Invoke(new FuseFault(message, request.Opcode));
}
