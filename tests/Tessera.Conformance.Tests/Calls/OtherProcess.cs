using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>Another process, for what threads of one process cannot show: that locks end with it, that a signal interrupts it, limits of its own.</summary>
/// <remarks>A Python program that evaluates what it is sent, line by line. SIGUSR1 interrupts the call it is in: EINTR.</remarks>
internal sealed class OtherProcess : IDisposable
{
    private const int UserSignal = 10;

    private const string Program = """
        import fcntl, mmap, os, resource, signal, struct, sys
        def interrupt(number, frame): raise InterruptedError(4, 'interrupted')
        signal.signal(signal.SIGUSR1, interrupt)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        def lock(file, command, kind, start, length):
            return fcntl.fcntl(file, command, struct.pack('hhiqqii', kind, 0, 0, start, length, 0, 0)) and 0
        def in_child(action):
            child = os.fork()
            if child == 0:
                try: action(); os._exit(0)
                except OSError as fault: os._exit(fault.errno)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        def store(path):
            signal.alarm(30)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            pages = mmap.mmap(os.open(path, os.O_RDWR), 0)
            while True:
                for start in range(0, len(pages), 4096): pages[start:start + 4096] = b'B' * 4096
                pages.flush()
        if len(sys.argv) > 1: print('0 0', flush=True)
        for line in sys.stdin:
            try: print('0', eval(line), flush=True)
            except OSError as fault: print(fault.errno, 0, flush=True)
        """;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Process _process = Programs.Start(new ProgramStart("python3", "-I", "-S", "-c", Program));

    /// <summary>Opens a file there; its descriptor there.</summary>
    public int Open(string path, int flags = OpenFlag.ReadWrite) => Do($"os.open('{path}', {flags}, 0o644)");

    /// <summary>fcntl(2) with a lock there.</summary>
    public void Lock(int file, int command, RecordLock range) => Do(LockCall(file, command, range));

    /// <summary>Begins an fcntl(2) that waits; <see cref="Answer"/> tells how it ended.</summary>
    public void BeginLock(int file, int command, RecordLock range) => Begin(LockCall(file, command, range));

    /// <summary>Evaluates an expression there.</summary>
    /// <returns>Its value, which is a number.</returns>
    /// <exception cref="SyscallException">It failed there.</exception>
    public int Do(string expression)
    {
        Begin(expression);
        return Answer();
    }

    /// <summary>Begins what <see cref="Answer"/> tells the end of.</summary>
    public void Begin(string expression) => _process.StandardInput.WriteLine(expression);

    public int Answer()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        line.Wait(s_limit).ShouldBeTrue("the other process does not answer");
        string[] answer = line.Result.ShouldNotBeNull(_process.HasExited ? _process.StandardError.ReadToEnd() : "the other process has ended").Split(' ');
        int errno = int.Parse(answer[0], CultureInfo.InvariantCulture);
        return errno == 0 ? int.Parse(answer[1], CultureInfo.InvariantCulture) : throw new SyscallException(errno, "a call", "the other process");
    }

    /// <summary>Until somebody waits for a lock of this file: proc_locks(5) shows waiters with an arrow.</summary>
    public static void AwaitWaiter(string path)
    {
        string inode = $":{Kernel.Stat(path).Inode} ";
        var watch = Stopwatch.StartNew();
        while (!File.ReadLines("/proc/locks").Any(line => line.Contains("->", StringComparison.Ordinal) && line.Contains(inode, StringComparison.Ordinal)))
        {
            watch.Elapsed.ShouldBeLessThan(s_limit, "nobody waits for the lock");
            Thread.Yield();
        }
    }

    /// <summary>Begins to store the letter B in every page of a file, through a shared mapping that is synchronized again and again, in a child.
    /// <see cref="Answer"/> gives the signal that ends it, negative.</summary>
    public void BeginStoring(string path) => Begin($"in_child(lambda: store('{path}'))");

    public void Interrupt() => Kernel.Signal(_process.Id, UserSignal);

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(s_limit).ShouldBeTrue();
    }

    /// <summary>Ends by itself.</summary>
    public void End()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(s_limit).ShouldBeTrue();
    }

    /// <summary>Becomes a new program by execve(2), which keeps the descriptor.</summary>
    public void Execute(int file)
    {
        Begin($"[os.set_inheritable({file}, True), os.execv(sys.executable, [*sys.orig_argv, 'again'])]");
        Answer();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static string LockCall(int file, int command, RecordLock range) => $"lock({file}, {command}, {range.Type}, {range.Start}, {range.Length})";
}
