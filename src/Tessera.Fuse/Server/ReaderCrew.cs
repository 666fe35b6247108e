namespace Tessera.Fuse;

/// <summary>
/// The threads that read requests and run them. At least one has the role of reader; the others are in handlers that blocked, or parked
/// (leader/followers; Schmidt et al., POSA 2). A single client is served fastest by a single thread. While handlers block again and again
/// there are a few readers, so that the role need not be handed over, thread to thread, around every wait; when they no longer block the
/// surplus parks. State under <see cref="_lock"/>; nothing else is done while it is held.
/// </summary>
internal sealed class ReaderCrew(int maxThreads, Action<ReaderCrew.Member> readAndRun)
{
    /// <summary>Readers kept at most while handlers block: one waits in the kernel for each that may come back at the same moment.</summary>
    private const int MostReaders = 3;

    /// <summary>Requests in a row that did not block after which one reader fewer is kept.</summary>
    private const int CalmRequests = 256;

    private const int StackBytes = 1 << 20;

    [ThreadStatic]
    private static Member? s_current;

    private readonly Action<Member> _readAndRun = readAndRun;
    private readonly Lock _lock = new();
    private readonly Stack<Member> _parked = new(maxThreads);
    private int _threads;
    private int _readers;
    private int _wanted = 1;
    private int _calm;
    private bool _stopped;

    /// <summary>Number of threads made so far.</summary>
    public int Threads => Volatile.Read(ref _threads);

    /// <summary>Of those, the ones that wait until a reader is needed.</summary>
    public int Parked
    {
        get
        {
            lock (_lock)
                return _parked.Count;
        }
    }

    /// <summary>One reader is enough at present.</summary>
    public bool IsAlone => _wanted == 1;

    public void Start()
    {
        lock (_lock)
            Appoint();
    }

    /// <summary>
    /// Called by a thread whose handler is about to block: if it is the only reader, another thread becomes one. When all threads are
    /// blocked already nobody reads until one is done.
    /// </summary>
    public static void PassRole()
    {
        if (s_current is { HasRole: true } member)
            member.Crew.Leave(member);
    }

    /// <summary>A handler ran without blocking: when that goes on, readers that nobody needs park.</summary>
    public void NoteCalm(Member member)
    {
        // A miscount by racing readers only moves the moment.
        if (_wanted == 1 || ++_calm < CalmRequests)
            return;

        lock (_lock)
        {
            _calm = 0;
            _wanted = Math.Max(1, _wanted - 1);
            if (_readers > _wanted && member.HasRole)
            {
                member.HasRole = false;
                _readers--;
            }
        }
    }

    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            while (_parked.TryPop(out var member))
                member.Wake.Set();
        }
    }

    private void Leave(Member member)
    {
        lock (_lock)
        {
            member.HasRole = false;
            _readers--;
            _calm = 0;
            if (_readers > 0)
                return;

            _wanted = Math.Min(_wanted + 1, Math.Min(MostReaders, maxThreads));
            Appoint();
        }
    }

    /// <summary>Makes a parked thread a reader, or a new one if there may be another. Under the lock.</summary>
    private void Appoint()
    {
        if (_stopped)
            return;

        if (_parked.TryPop(out var member))
        {
            Give(member);
            member.Wake.Set();
        }
        else if (_threads < maxThreads)
        {
            member = new Member(this);
            Give(member);
            _threads++;
            new Thread(member.Run, StackBytes) { IsBackground = true, Name = "fuse reader" }.Start();
        }
    }

    private void Give(Member member)
    {
        _readers++;
        member.HasRole = true;
    }

    private bool WaitForRole(Member member)
    {
        lock (_lock)
        {
            if (_stopped)
                return false;

            if (_readers < _wanted)
            {
                Give(member);
                return true;
            }

            member.Wake.Reset();
            _parked.Push(member);
        }

        member.Wake.Wait();
        return member.HasRole;
    }

    /// <summary>One thread of the crew.</summary>
    internal sealed class Member(ReaderCrew crew)
    {
        public ReaderCrew Crew => crew;

        /// <summary>Set by whoever gives the role, before this thread runs on; cleared only by this thread.</summary>
        public bool HasRole { get; set; }

        /// <summary>No spinning: a parked thread is parked because nobody needs it.</summary>
        public ManualResetEventSlim Wake { get; } = new(initialState: false, spinCount: 0);

        public void Run()
        {
            s_current = this;
            do
            {
                crew._readAndRun(this);
            }
            while (crew.WaitForRole(this));
        }
    }
}
