using System.Text;

namespace Tessera.Mount.Tests.Harness;

/// <summary>At a limit of time, writes down what the daemon's threads wait for and aborts the connection: whoever hangs in the mount gets an error, and the test ends.</summary>
internal sealed class MountWatchdog : IDisposable
{
    private static readonly TimeSpan Limit = 2 * Programs.DefaultLimit;
    private static readonly string[] ThreadFiles = ["comm", "wchan", "syscall", "stack"];

    private readonly Timer _timer;
    private readonly string _mountPoint;
    private readonly int _daemon;

    /// <param name="mountPoint">The mount to watch.</param>
    /// <param name="daemon">Its process.</param>
    public MountWatchdog(string mountPoint, int daemon)
    {
        _mountPoint = mountPoint;
        _daemon = daemon;
        _timer = new Timer(_ => Bite(), state: null, Limit, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Bite()
    {
        Console.Error.WriteLine($"{_mountPoint} hangs. The daemon's threads:\n{DescribeThreads()}");
        _ = Programs.TryRun(new ProgramStart("umount", "-f", "-l", _mountPoint)); // -f aborts the connection.
    }

    private string DescribeThreads()
    {
        var text = new StringBuilder();
        foreach (string thread in Directory.EnumerateDirectories($"/proc/{_daemon}/task"))
        {
            text.Append(Path.GetFileName(thread));
            foreach (string file in ThreadFiles)
            {
                text.Append("  ").Append(Read(Path.Combine(thread, file)).ReplaceLineEndings(" < "));
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file).TrimEnd();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }
}
