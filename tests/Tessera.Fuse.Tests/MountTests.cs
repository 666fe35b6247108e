using System.Diagnostics;

namespace Tessera.Fuse.Tests;

/// <summary>The real kernel on the other side.</summary>
[Collection(MountCollection.Name)]
public sealed class MountTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kernel_and_server_settle_on_a_version_and_features()
    {
        await using var mount = TestMount.Start(new FlatFileSystem());
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);

        var connection = mount.Mount.Server.Connection.ShouldNotBeNull();
        connection.Minor.ShouldBeInRange(FuseConnection.OldestMinor, FuseConnection.NewestMinor);
        connection.Has(FuseFeatures.InitExtended | FuseFeatures.ParallelDirectoryOperations).ShouldBeTrue();
        var entry = MountTable.Find(mount.Directory).ShouldNotBeNull();
        (entry.Type, entry.Source, entry.IsFuse).ShouldBe(("fuse.test", "test", true));
    }

    [Fact]
    public async Task Directory_of_50_000_lists_completely_with_attributes()
    {
        const int Count = 50_000;
        var fileSystem = new FlatFileSystem { FileCount = Count, Timeout = TimeSpan.FromMinutes(1) };
        await using var mount = TestMount.Start(fileSystem, new FuseOptions { Features = FuseOptions.DefaultFeatures | FuseFeatures.ReadDirectoryPlus });

        var names = new DirectoryInfo(mount.Directory).EnumerateFiles().Select(static file => (file.Name, file.Length)).ToList();

        names.Count.ShouldBe(Count);
        names.Select(static file => file.Name).Distinct().Count().ShouldBe(Count);
        names.ShouldAllBe(static file => file.Length == 5);
        fileSystem.Asked(FuseOpcode.ReadDirectoryPlus).ShouldBeGreaterThan(0);
        fileSystem.Asked(FuseOpcode.Lookup).ShouldBe(0, "attributes came with the names");
    }

    [Fact]
    public async Task Large_reads_come_whole_and_unchanged()
    {
        var content = new byte[50_000_000];
        new Random(5).NextBytes(content);
        var fileSystem = new FlatFileSystem { Content = content, Timeout = TimeSpan.FromMinutes(1) };
        await using var mount = TestMount.Start(fileSystem);

        (await File.ReadAllBytesAsync(mount.At("f0"), Cancelled)).AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public async Task Forgets_bring_every_lookup_back()
    {
        var fileSystem = new FlatFileSystem { FileCount = 500, Timeout = TimeSpan.FromMinutes(1) };
        await using var mount = TestMount.Start(fileSystem);
        for (var i = 0; i < 500; i++)
            Sys.SizeOf(mount.At($"f{i}")).ShouldBe(5);
        fileSystem.Lookups.Count.ShouldBe(500);

        for (var i = 0; i < 500; i++)
            mount.Notifier.InvalidateEntry(FuseFileSystem.RootNodeId, Bytes.Name($"f{i}").AsSpan()[..^1]).ShouldBe(Errno.None);

        await Eventually(() => fileSystem.Lookups.Count == 0);
    }

    [Fact]
    public async Task Signal_to_a_waiting_reader_cancels_its_request()
    {
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fileSystem = new FlatFileSystem
        {
            OnRead = async request =>
            {
                await using var registration = request.CancellationToken.UnsafeRegister(_ => interrupted.SetResult(), null);
                reading.SetResult();
                await interrupted.Task;
                return Errno.EINTR;
            },
            OpenFlags = OpenOutFlags.DirectIo,
        };
        await using var mount = TestMount.Start(fileSystem);
        using var reader = Process.Start(new ProcessStartInfo("cat", [mount.At("f0")]) { RedirectStandardError = true, UseShellExecute = false })!;

        await reading.Task.Soon();
        Sys.Kill(reader.Id, 15).ShouldBe(0);

        await interrupted.Task.Soon();
        await reader.WaitForExitAsync(Cancelled).Soon();
        reader.ExitCode.ShouldBe(128 + 15);
    }

    [Fact]
    public async Task Handler_blocked_on_its_thread_lets_others_be_served()
    {
        using var gate = new ManualResetEventSlim();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fileSystem = new FlatFileSystem
        {
            OnRead = _ =>
            {
                FuseServer.PassReaderRole();
                reading.TrySetResult();
                gate.Wait(FakeSession.Patience);
                return new(0);
            },
        };
        await using var mount = TestMount.Start(fileSystem);
        var read = Task.Run(() => File.ReadAllBytes(mount.At("f0")), Cancelled);

        await reading.Task.Soon();
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        read.IsCompleted.ShouldBeFalse();
        gate.Set();
        await read.Soon();
    }

    [Fact]
    public async Task Detach_serves_open_files_until_the_last_is_closed()
    {
        var fileSystem = new FlatFileSystem { OpenFlags = OpenOutFlags.DirectIo };
        await using var mount = TestMount.Start(fileSystem);
        await using var open = File.OpenRead(mount.At("f0"));

        var detached = mount.Mount.DetachAsync(FakeSession.Patience);

        MountTable.Find(mount.Directory).ShouldBeNull();
        RandomAccess.Read(open.SafeFileHandle, new byte[5], 0).ShouldBe(5);
        detached.IsCompleted.ShouldBeFalse();
        await open.DisposeAsync();
        await detached.Soon();
    }

    [Fact]
    public async Task Detach_of_a_mount_kept_busy_aborts_when_patience_ends()
    {
        var fileSystem = new FlatFileSystem { OpenFlags = OpenOutFlags.DirectIo };
        await using var mount = TestMount.Start(fileSystem);
        await using var open = File.OpenRead(mount.At("f0"));

        await mount.Mount.DetachAsync(TimeSpan.FromMilliseconds(50)).Soon();

        Should.Throw<IOException>(() => RandomAccess.Read(open.SafeFileHandle, new byte[5], 0));
    }

    [Fact]
    public async Task Second_detach_aborts_at_once()
    {
        await using var mount = TestMount.Start(new FlatFileSystem());
        await using var open = File.OpenRead(mount.At("f0"));

        var first = mount.Mount.DetachAsync(TimeSpan.FromMinutes(5));
        first.IsCompleted.ShouldBeFalse();
        await mount.Mount.DetachAsync(TimeSpan.FromMinutes(5)).Soon();

        await first.Soon();
    }

    [Fact]
    public async Task Busy_mount_is_not_unmounted()
    {
        await using var mount = TestMount.Start(new FlatFileSystem());
        await using (File.OpenRead(mount.At("f0")))
            mount.Mount.Unmount().ShouldBe(Errno.EBUSY);

        // The release of the file may still be on its way.
        await Eventually(() => mount.Mount.Unmount() == Errno.None);
        await mount.Mount.Completion.Soon();
    }

    [Fact]
    public void Mount_point_that_does_not_exist_is_an_error_that_says_so()
    {
        TestMount.SkipWithoutFuse();

        var exception = Should.Throw<FuseMountException>(() => FuseMount.Mount("/nonexistent/mount", new FlatFileSystem()));

        (exception.Error, exception.IsFuseMissing).ShouldBe((Errno.ENOENT, false));
    }

    internal static async Task Eventually(Func<bool> condition)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(FakeSession.Patience);
            await tick.WaitForNextTickAsync(Cancelled);
        }
    }
}
