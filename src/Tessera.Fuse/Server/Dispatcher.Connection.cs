namespace Tessera.Fuse;

/// <content>Requests about the connection rather than about files.</content>
internal sealed partial class Dispatcher
{
    private readonly TaskCompletionSource _initialized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waitingLocks;

    public Task Initialized => _initialized.Task;

    public bool Initialize(FuseRequest request, in InitIn init)
    {
        var outcome = Negotiation.Settle(init, options, out var reply, out var connection);
        if (outcome != Errno.None)
        {
            options.OnFault?.Invoke(new FuseFault($"The kernel speaks FUSE {init.Major}.{init.Minor}, which is too old.", FuseOpcode.Init));
            return Reply(request, outcome);
        }

        if (connection is not null)
        {
            Volatile.Write(ref _connection, connection);
            fileSystem.Initialized(connection);
        }

        Send(request, request.EncodeValue(reply));
        if (connection is not null)
            _initialized.TrySetResult();
        Finish(request);
        return true;
    }

    /// <summary>
    /// INTERRUPT is answered only with EAGAIN, when the request it means is not here: either it is answered already and the kernel drops
    /// this reply, or it is about to arrive and the kernel sends the interrupt again (kernel documentation, filesystems/fuse,
    /// "Interrupting filesystem operations").
    /// </summary>
    public bool Interrupt(FuseRequest request, ulong unique)
    {
        if (!requests.TryInterrupt(unique))
            return Reply(request, Errno.EAGAIN);

        Finish(request);
        return true;
    }

    public bool Forget(FuseRequest request, ulong lookups)
    {
        fileSystem.Forget(request.NodeId, lookups);
        Finish(request);
        return true;
    }

    public bool BatchForget(FuseRequest request, uint count, RequestBody body)
    {
        for (var i = 0u; i < count; i++)
        {
            if (!body.Take(out ForgetOne one))
            {
                Fault(request, "A batch of forgets ended early.");
                break;
            }

            fileSystem.Forget(one.NodeId, one.LookupCount);
        }

        Finish(request);
        return true;
    }

    public bool Retrieved(FuseRequest request, ulong offset, ReadOnlyMemory<byte> data)
    {
        fileSystem.Retrieved(request.NodeId, offset, data);
        Finish(request);
        return true;
    }

    public bool SetLockWait(FuseRequest request, in LockArguments arguments)
    {
        request.HoldsLockWait = true;
        return Interlocked.Increment(ref _waitingLocks) > options.MaxWaitingLocks
            ? Reply(request, Errno.ENOLCK)
            : Reply(request, fileSystem.SetLock(request, arguments, wait: true));
    }
}
