namespace Tessera.Fuse;

/// <summary>
/// Serves one connection: reads requests, runs them on a <see cref="FuseFileSystem"/>, replies. Starts with one thread and has others only
/// while handlers block (<see cref="PassReaderRole"/>).
/// </summary>
public sealed class FuseServer
{
    private readonly FuseFileSystem _fileSystem;
    private readonly IFuseTransport _transport;
    private readonly FuseOptions _options;
    private readonly RequestPool _requests;
    private readonly Dispatcher _dispatcher;
    private readonly ReaderCrew _crew;
    private int _started;

    /// <param name="fileSystem">What is served.</param>
    /// <param name="transport">The kernel's end; owned by the server from now on, and closed when service ends.</param>
    /// <param name="options">Negotiation and limits.</param>
    public FuseServer(FuseFileSystem fileSystem, IFuseTransport transport, FuseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(transport);
        _options = options ?? new FuseOptions();
        FuseOptions.Validate(_options);
        _fileSystem = fileSystem;
        _transport = transport;
        _requests = new RequestPool(_options.MaxWrite, _options.MaxOutstandingRequests);
        _dispatcher = new Dispatcher(fileSystem, transport, _requests, _options);
        _crew = new ReaderCrew(_options, ReadAndRun, () => transport.HasRequest);
        Notifier = new FuseNotifier(transport);
        Completion = CompleteAsync();
    }

    /// <summary>Sends the kernel what it did not ask for.</summary>
    public FuseNotifier Notifier { get; }

    /// <summary>What INIT settled; null before.</summary>
    public FuseConnection? Connection => _dispatcher.Connection;

    /// <summary>Completes when INIT is answered and the kernel has taken the answer; never when the connection ends before.</summary>
    public Task Initialized => _dispatcher.Initialized;

    /// <summary>
    /// Completes when the connection has ended, every request is answered and <see cref="FuseFileSystem.Destroyed"/> has run.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Threads in use, blocked and parked ones included.</summary>
    public int Threads => _crew.Threads;

    /// <summary>Of <see cref="Threads"/>, those that neither read nor serve at present.</summary>
    public int ParkedThreads => _crew.Parked;

    /// <summary>Requests being served at this moment; those the kernel still holds are not among them.</summary>
    public int OutstandingRequests => _requests.Outstanding;

    /// <summary>The most that are served at a time; more wait in the kernel.</summary>
    public int MaxOutstandingRequests => _options.MaxOutstandingRequests;

    /// <summary>
    /// To be called by a handler before it blocks (on a disk, a lock, another process): lets another thread read on. Cheap when there is
    /// nothing to pass, and without effect on threads that are no server's. The handler goes on as before, and may call it again.
    /// </summary>
    /// <param name="brief">
    /// It will probably block for tens of microseconds. Then the role is kept unless there is another request already, or until it turns out to
    /// take milliseconds.
    /// </param>
    public static void PassReaderRole(bool brief = false) => ReaderCrew.PassRole(brief);

    /// <summary>Begins to serve.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("The server has been started.");
        _crew.Start();
    }

    /// <summary>
    /// One thread's work while it has the role: read a request, run it, until the role has passed or the connection has ended.
    /// </summary>
    private void ReadAndRun(ReaderCrew.Member reader)
    {
        while (reader.HasRole && _requests.Rent() is { } request)
        {
            var length = Receive(request);
            if (length < 0)
            {
                _crew.Stop();
                _requests.Return(request);
                _requests.Close();
                return;
            }

            _dispatcher.Dispatch(request, length);
            if (reader.EndWait())
                _crew.NoteCalm(reader);
        }
    }

    /// <summary>The next request's length; negative when the connection has ended.</summary>
    private int Receive(FuseRequest request)
    {
        while (true)
        {
            var length = _transport.Read(request.ReadTarget, _crew.IsAlone);
            switch (-length)
            {
                case (int)Errno.EINTR or (int)Errno.ENOENT or (int)Errno.EAGAIN:
                    continue;
                case (int)Errno.ENODEV or (int)Errno.ECONNABORTED:
                    return length;
                case > 0:
                    _options.OnFault?.Invoke(new FuseFault($"Reading requests failed with error {-length}; service ends."));
                    return length;
                default:
                    return length;
            }
        }
    }

    private async Task CompleteAsync()
    {
        await _requests.Idle.ConfigureAwait(false);
        try
        {
            if (Connection is not null)
                _fileSystem.Destroyed();
        }
        finally
        {
            await Notifier.CloseAsync().ConfigureAwait(false);
            _transport.Dispose();
            _requests.Free();
        }
    }
}
