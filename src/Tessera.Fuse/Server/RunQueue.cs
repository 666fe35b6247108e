using System.Buffers.Text;
using System.Diagnostics;

namespace Tessera.Fuse;

/// <summary>
/// Whether more threads want to run than there are processors: the first number of the fourth field of <c>/proc/loadavg</c> (proc(5)), looked at now and
/// then. A thread that looks for its next request then takes the processor from the program it serves, and being woken costs little, because no processor
/// sleeps. Used by one thread at a time; a race costs a wrong guess.
/// </summary>
internal sealed unsafe class RunQueue : IDisposable
{
    private const string Path = "/proc/loadavg";
    private const int LineBytes = 128;

    /// <summary>Reading it takes 2 µs, so once in this long costs nothing; a compiler runs for tens of milliseconds.</summary>
    private static readonly long s_period = Stopwatch.Frequency * 2 / 1000;

    private readonly int _processors = Environment.ProcessorCount;
    private int _descriptor = LibC.Open(Path, LibC.OpenCloseOnExec);
    private long _looked;
    private bool _crowded;

    /// <summary>As of the last few milliseconds; false where the system does not tell.</summary>
    /// <param name="now">This moment's <see cref="Stopwatch"/> time.</param>
    public bool IsCrowded(long now)
    {
        if (now - _looked < s_period)
            return _crowded;

        _looked = now;
        var line = stackalloc byte[LineBytes];
        var length = LibC.ReadAt(_descriptor, line, LineBytes, 0);
        _crowded = length > 0 && Running(new ReadOnlySpan<byte>(line, (int)length)) > _processors;
        return _crowded;
    }

    /// <summary>Threads that run or could, the caller among them; 0 when the line makes no sense.</summary>
    public static int Running(ReadOnlySpan<byte> line)
    {
        for (var field = 0; field < 3; field++)
        {
            var end = line.IndexOf((byte)' ');
            if (end < 0)
                return 0;
            line = line[(end + 1)..];
        }

        return Utf8Parser.TryParse(line, out int running, out var digits) && digits < line.Length && line[digits] == '/' ? running : 0;
    }

    public void Dispose()
    {
        var descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
            _ = LibC.Close(descriptor);
    }
}
