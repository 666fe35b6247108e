using System.Diagnostics;

namespace Tessera.Fuse.Tests;

/// <summary>samples/MemoryMount in a process of its own, mounted when <see cref="StartAsync"/> returns.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Timer _watchdog;

    private SampleProcess(string directory, params string[] prefix)
    {
        Directory = directory;
        string[] command = [.. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, "MemoryMount.dll"), directory];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" })!;
        _watchdog = new Timer(_ => Abort(), null, s_limit, Timeout.InfiniteTimeSpan);
    }

    public string Directory { get; }

    public int Pid => _process.Id;

    public static async Task<SampleProcess> StartAsync(params string[] prefix)
    {
        TestMount.SkipWithoutFuse();
        var directory = System.IO.Directory.CreateTempSubdirectory("tessera-sample-").FullName;
        if (prefix.Length > 0)
            File.SetUnixFileMode(directory, (UnixFileMode)0x1FF);
        var sample = new SampleProcess(directory, prefix);
        try
        {
            await sample.WaitForMount();
            return sample;
        }
        catch
        {
            await sample.DisposeAsync();
            throw;
        }
    }

    public string At(string name) => Path.Combine(Directory, name);

    public bool IsMounted => MountTable.Find(Directory) is not null;

    public void Signal(int signal) => Sys.Kill(Pid, signal).ShouldBe(0);

    public async Task<int> ExitCode()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Soon();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _watchdog.DisposeAsync();
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        while (IsMounted)
            MountPoints.Unmount(Directory, lazy: true).ShouldBe(Errno.None);
        System.IO.Directory.Delete(Directory);
    }

    private async Task WaitForMount()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var deadline = TimeProvider.System.GetTimestamp();
        while (!IsMounted)
        {
            if (_process.HasExited)
                throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            if (TimeProvider.System.GetElapsedTime(deadline) > FakeSession.Patience)
                throw new TimeoutException("The sample did not mount.");
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private void Abort()
    {
        if (MountTable.Find(Directory) is { } mount)
            MountPoints.TryAbort(mount.ConnectionNumber);
    }
}
