using System.Diagnostics;

namespace Tessera.Fuse;

/// <summary>
/// The threads that read requests and run them. At least one has the role of reader; the others are in handlers that blocked, or parked
/// (leader/followers; Schmidt et al., POSA 2). A single client is served fastest by a single thread. While handlers block again and again
/// there are a few readers, so that the role need not be handed over, thread to thread, around every wait; when they no longer block the
/// surplus parks. Who blocks for a moment only keeps the role, as long as nothing waits to be read; a watch takes it away when the moment lasts.
/// State under <see cref="_lock"/>; nothing else is done while it is held.
/// </summary>
internal sealed class ReaderCrew
{
    /// <summary>Readers kept at most while handlers block: one waits in the kernel for each that may come back at the same moment.</summary>
    private const int MostReaders = 3;

    /// <summary>Requests in a row that did not block after which one reader fewer is kept.</summary>
    private const int CalmRequests = 256;

    private const int StackBytes = 1 << 20;


    [ThreadStatic]
    private static Member? s_current;

    private readonly FuseOptions _options;
    private readonly Action<Member> _readAndRun;
    private readonly Func<bool> _hasRequest;
    private readonly Lock _lock = new();
    private readonly Stack<Member> _parked;
    private readonly List<Member> _members;
    private readonly AutoResetEvent _watchNeeded = new(initialState: false);
    private readonly ManualResetEvent _ended = new(initialState: false);
    private Thread? _watch;
    private int _watching;
    private int _threads;
    private int _readers;
    private int _wanted = 1;
    private int _calm;
    private bool _stopped;

    /// <param name="options">Most threads ever made, and how long a brief wait may last.</param>
    /// <param name="readAndRun">A thread's work while it has the role.</param>
    /// <param name="hasRequest">Whether something waits to be read, or that cannot be told.</param>
    public ReaderCrew(FuseOptions options, Action<Member> readAndRun, Func<bool> hasRequest)
    {
        _options = options;
        _readAndRun = readAndRun;
        _hasRequest = hasRequest;
        _parked = new Stack<Member>(options.MaxThreads);
        _members = new List<Member>(options.MaxThreads);
    }

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
    public static void PassRole(bool brief)
    {
        if (s_current is not { HasRole: true } member)
            return;

        if (brief && !member.Crew._hasRequest())
            member.Crew.Keep(member);
        else if (member.EndWait())
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

        _ended.Set();
        _watchNeeded.Set();
    }

    /// <summary>The member waits with the role, watched.</summary>
    private void Keep(Member member)
    {
        member.BeginWait();
        if (Volatile.Read(ref _watching) != 0 || Interlocked.Exchange(ref _watching, 1) != 0)
            return;

        _watchNeeded.Set();
        if (_watch is not null)
            return;

        // Only one thread at a time gets here: the next one after the watch has looked.
        _watch = new Thread(Watch, StackBytes) { IsBackground = true, Name = "fuse watch" };
        _watch.Start();
    }

    /// <summary>A thread of its own: a timer runs on the pool, whose threads spin for a while after each tick, which took a sixth of the processor time of
    /// a daemon that serves nothing but reads from the disk.</summary>
    private void Watch()
    {
        var more = false;
        while (more || _watchNeeded.WaitOne())
        {
            if (_ended.WaitOne(_options.BriefWait))
                return;

            more = Look();
        }
    }

    /// <summary>Takes the role from those whose wait turned out not to be brief.</summary>
    /// <returns>There are such waits still, and nobody else has asked for the watch.</returns>
    private bool Look()
    {
        Volatile.Write(ref _watching, 0);
        var again = false;
        lock (_lock)
        {
            // Those added meanwhile have only just begun.
            for (var i = _members.Count - 1; i >= 0; i--)
            {
                again |= _members[i].IsWaiting;
                if (_members[i].TakeWait(_options.BriefWait))
                    LeaveLocked(_members[i]);
            }
        }

        return again && Interlocked.Exchange(ref _watching, 1) == 0;
    }

    private void Leave(Member member)
    {
        lock (_lock)
            LeaveLocked(member);
    }

    /// <summary>Under the lock.</summary>
    private void LeaveLocked(Member member)
    {
        member.HasRole = false;
        _readers--;
        _calm = 0;
        if (_readers > 0)
            return;

        _wanted = Math.Min(_wanted + 1, Math.Min(MostReaders, _options.MaxThreads));
        Appoint();
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
        else if (_threads < _options.MaxThreads)
        {
            member = new Member(this);
            _members.Add(member);
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

        /// <summary>Not waiting; otherwise the <see cref="Stopwatch"/> time at which a brief wait began, or <see cref="Taken"/>.</summary>
        private const long None = 0;

        /// <summary>The wait was not brief, and the role is being taken away under the crew's lock.</summary>
        private const long Taken = -1;
        private long _waitingSince;

        /// <summary>Set by whoever gives the role, before this thread runs on; cleared by this thread, or by the watch between
        /// <see cref="BeginWait"/> and <see cref="EndWait"/>.</summary>
        public bool HasRole { get; set; }

        public bool IsWaiting => Volatile.Read(ref _waitingSince) > None;

        /// <summary>No spinning: a parked thread is parked because nobody needs it.</summary>
        public ManualResetEventSlim Wake { get; } = new(initialState: false, spinCount: 0);

        /// <summary>This thread, which has the role, is about to wait for a moment. Later moments of the same request count from the first.</summary>
        public void BeginWait() => Interlocked.CompareExchange(ref _waitingSince, Stopwatch.GetTimestamp(), None);

        /// <summary>This thread waits no more; whether it still has the role.</summary>
        public bool EndWait()
        {
            if (Volatile.Read(ref _waitingSince) != None && Interlocked.Exchange(ref _waitingSince, None) == Taken)
            {
                // The watch is at it: see what it leaves.
                lock (crew._lock)
                    return HasRole;
            }

            return HasRole;
        }

        /// <summary>The watch takes the role if the wait has lasted so long. Under the crew's lock.</summary>
        public bool TakeWait(TimeSpan limit)
        {
            var since = Volatile.Read(ref _waitingSince);
            return since > None && Stopwatch.GetElapsedTime(since) >= limit && Interlocked.CompareExchange(ref _waitingSince, Taken, since) == since;
        }

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
