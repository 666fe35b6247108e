using System.Collections.Concurrent;

namespace Tessera.Fuse.Tests;

/// <summary>A real mount of an in-process file system on a directory of its own, aborted if the test outlives its time.</summary>
internal sealed class TestMount : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private readonly Timer _watchdog;

    private TestMount(FuseFileSystem fileSystem, FuseOptions options)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("tessera-fuse-").FullName;
        Mount = FuseMount.Mount(
            Directory, fileSystem, new FuseMountOptions { Source = "test", Subtype = "test" }, options with { OnFault = Faults.Enqueue });
        _watchdog = new Timer(static mount => ((FuseMount)mount!).Abort(), Mount, s_limit, Timeout.InfiniteTimeSpan);
    }

    public string Directory { get; }

    public FuseMount Mount { get; }

    public FuseNotifier Notifier => Mount.Server.Notifier;

    public ConcurrentQueue<FuseFault> Faults { get; } = [];

    /// <summary>Skips the test, and says why, where a mount cannot be had.</summary>
    public static TestMount Start(FuseFileSystem fileSystem, FuseOptions? options = null)
    {
        SkipWithoutFuse();
        return new TestMount(fileSystem, options ?? new FuseOptions());
    }

    public static void SkipWithoutFuse()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this machine has no /dev/fuse");
        Assert.SkipUnless(Environment.UserName == "root", "mounting directly needs root");
    }

    public string At(string name) => Path.Combine(Directory, name);

    public async ValueTask DisposeAsync()
    {
        await Mount.DetachAsync(TimeSpan.FromSeconds(5)).Soon();
        await _watchdog.DisposeAsync();
        System.IO.Directory.Delete(Directory);
        Faults.ShouldBeEmpty();
    }
}
