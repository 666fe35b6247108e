using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Directories;

/// <summary>Makes, renames and removes entries of a directory on a thread of its own until it is stopped.</summary>
internal sealed class DirectoryChanger : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private readonly string _directory;
    private readonly int _names;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _changing;
    private long _changes;

    /// <param name="directory">Where.</param>
    /// <param name="names">How many entries come and go.</param>
    public DirectoryChanger(string directory, int names)
    {
        _directory = directory;
        _names = names;
        _changing = Task.Factory.StartNew(Change, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Entries made so far.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    public void WaitFor(long changes) => SpinWait.SpinUntil(() => Changes >= changes || _changing.IsCompleted, s_patience).ShouldBeTrue();

    /// <summary>Stops, and tells of what failed meanwhile.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _changing.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _stop.Cancel();
        ((IAsyncResult)_changing).AsyncWaitHandle.WaitOne();
        _stop.Dispose();
    }

    private void Change()
    {
        for (long change = 0; !_stop.IsCancellationRequested; change++)
        {
            long i = change % _names;
            Syscall.WriteFile($"{_directory}/comes{i}", default);
            Syscall.Rename($"{_directory}/comes{i}", $"{_directory}/goes{i}");
            if (change >= _names / 2)
            {
                Syscall.Unlink($"{_directory}/goes{(change - (_names / 2)) % _names}");
            }

            Interlocked.Increment(ref _changes);
        }
    }
}
