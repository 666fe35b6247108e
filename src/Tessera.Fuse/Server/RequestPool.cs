namespace Tessera.Fuse;

/// <summary>
/// The server's request buffers: made on demand up to a limit, reused last-in first-out so that the warm ones stay warm.
/// All state under <see cref="_lock"/>, which is held for a few instructions and under no other lock.
/// </summary>
internal sealed class RequestPool(int maxWrite, int limit)
{
    /// <summary>Free buffers that may keep the memory of a large message; those beyond give it back.</summary>
    private const int WarmBuffers = 8;

    /// <summary>A buffer that has touched less than this is not worth a system call.</summary>
    private const int SmallEnoughToKeep = 64 * 1024;

    private readonly object _lock = new();
    private readonly FuseRequest[] _all = new FuseRequest[limit];
    private readonly FuseRequest[] _free = new FuseRequest[limit];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _made;
    private int _freeCount;
    private bool _closed;

    /// <summary>Completes when the pool is closed and every buffer is back.</summary>
    public Task Idle => _idle.Task;

    /// <summary>Requests being served. Looked up one by one, so that serving them costs nothing more; some may come or go meanwhile.</summary>
    public int Outstanding
    {
        get
        {
            var count = 0;
            for (var i = 0; i < Volatile.Read(ref _made); i++)
            {
                if (_all[i].IsOutstanding)
                    count++;
            }

            return count;
        }
    }

    /// <summary>A free buffer; waits for one when all are in use. Null once the pool is closed.</summary>
    public FuseRequest? Rent()
    {
        lock (_lock)
        {
            while (_freeCount == 0 && _made == limit && !_closed)
                Monitor.Wait(_lock);

            if (_closed)
                return null;
            return _freeCount > 0 ? _free[--_freeCount] : Make();
        }
    }

    public void Return(FuseRequest request)
    {
        if (request.TouchedBytes > SmallEnoughToKeep && Volatile.Read(ref _freeCount) >= WarmBuffers)
            request.Trim();

        lock (_lock)
        {
            _free[_freeCount++] = request;
            if (_closed)
                CompleteWhenIdle();
            else if (_freeCount == 1)
                Monitor.Pulse(_lock);
        }
    }

    /// <summary>Marks the request with this number as interrupted. Buffers are few: looking at each costs the hot path nothing.</summary>
    public bool TryInterrupt(ulong unique)
    {
        for (var i = 0; i < Volatile.Read(ref _made); i++)
        {
            if (_all[i].TryInterrupt(unique))
                return true;
        }

        return false;
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.PulseAll(_lock);
            CompleteWhenIdle();
        }
    }

    /// <summary>Frees the native memory; only when <see cref="Idle"/>.</summary>
    public void Free()
    {
        for (var i = 0; i < _made; i++)
            _all[i].Free();
    }

    /// <summary>One more buffer. It is in its place before it is counted: <see cref="TryInterrupt"/> looks without the lock.</summary>
    private FuseRequest Make()
    {
        var request = new FuseRequest(maxWrite);
        _all[_made] = request;
        Volatile.Write(ref _made, _made + 1);
        return request;
    }

    private void CompleteWhenIdle()
    {
        if (_freeCount == _made)
            _idle.TrySetResult();
    }
}
