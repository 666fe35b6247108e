namespace Tessera.Fuse;

/// <summary>
/// The threads that read requests and run them. Exactly one has the role of reader; the others are in handlers that blocked, or parked.
/// A single client is served fastest by a single thread, so there is a second only once a handler has said that it is about to block
/// (leader/followers; Schmidt et al., POSA 2). State under <see cref="_lock"/>; nothing else is done while it is held.
/// </summary>
internal sealed class ReaderCrew(int maxThreads, Action<ReaderCrew.Member> readAndRun)
{
    private const int StackBytes = 1 << 20;

    [ThreadStatic]
    private static Member? s_current;

    private readonly Action<Member> _readAndRun = readAndRun;
    private readonly Lock _lock = new();
    private readonly Stack<Member> _parked = new(maxThreads);
    private int _threads;
    private bool _vacant = true;
    private bool _stopped;

    /// <summary>Number of threads made so far.</summary>
    public int Threads => Volatile.Read(ref _threads);

    public void Start() => Appoint();

    /// <summary>
    /// Called by a thread whose handler is about to block: if it is the reader, another thread becomes it. When all threads are blocked
    /// already the role stays vacant until one is done.
    /// </summary>
    public static void PassRole()
    {
        if (s_current is not { HasRole: true } member)
            return;

        member.HasRole = false;
        member.Crew.Vacate();
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

    private void Vacate()
    {
        lock (_lock)
            _vacant = true;
        Appoint();
    }

    /// <summary>Gives the vacant role to a parked thread, or to a new one if there may be another.</summary>
    private void Appoint()
    {
        Member? member;
        lock (_lock)
        {
            if (!_vacant || _stopped)
                return;

            if (_parked.TryPop(out member))
            {
                Give(member);
                member.Wake.Set();
                return;
            }

            if (_threads == maxThreads)
                return;

            member = new Member(this);
            Give(member);
            _threads++;
        }

        new Thread(member.Run, StackBytes) { IsBackground = true, Name = "fuse reader" }.Start();
    }

    private void Give(Member member)
    {
        _vacant = false;
        member.HasRole = true;
    }

    private bool WaitForRole(Member member)
    {
        lock (_lock)
        {
            if (_stopped)
                return false;

            if (_vacant)
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
