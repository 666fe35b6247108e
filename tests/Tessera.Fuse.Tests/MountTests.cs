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
    public async Task Kernel_reads_ahead_as_far_as_asked()
    {
        await using var mount = TestMount.Start(new FlatFileSystem());
        await mount.Mount.ReadAheadSet.WaitAsync(Cancelled);

        var entry = MountTable.Find(mount.Directory).ShouldNotBeNull();
        var path = $"/sys/class/bdi/{entry.DeviceMajor}:{entry.DeviceMinor}/read_ahead_kb";
        (await File.ReadAllTextAsync(path, Cancelled)).Trim().ShouldBe("2048");
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
    public async Task Answers_at_once_later_and_from_blocked_threads_mix_without_confusion()
    {
        const int Readers = 6;
        const int Rounds = 2_000;
        var turn = 0;
        var fileSystem = new FlatFileSystem
        {
            FileCount = Readers,
            OpenFlags = OpenOutFlags.DirectIo,
            OnReadInto = async (request, buffer) =>
            {
                // What is read names the file and, through the length, nothing else: a mixed-up buffer would show.
                switch (Interlocked.Increment(ref turn) % 3)
                {
                    case 0:
                        await Task.Yield();
                        break;
                    case 1:
                        FuseServer.PassReaderRole();
                        Thread.Yield();
                        break;
                    default:
                        break;
                }

                buffer.Span.Fill((byte)request.NodeId);
                return buffer.Length;
            },
        };
        await using var mount = TestMount.Start(fileSystem);

        var wrong = await Task.WhenAll(Enumerable.Range(0, Readers).Select(reader => Task.Factory.StartNew(
            () => CountWrongReads(mount.At($"f{reader}"), (byte)(FlatFileSystem.FirstFile + (ulong)reader), Rounds),
            Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default))).Soon();

        wrong.ShouldAllBe(static count => count == 0);
        fileSystem.Asked(FuseOpcode.Read).ShouldBe(Readers * Rounds);
        mount.Mount.Server.Threads.ShouldBeInRange(1, 16);
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
    public async Task File_opened_for_passthrough_is_read_without_asking()
    {
        var fileSystem = new FlatFileSystem { Timeout = TimeSpan.FromMinutes(1), Content = new byte[6] };
        var features = FuseOptions.DefaultFeatures | FuseFeatures.Passthrough;
        await using var mount = TestMount.Start(fileSystem, new FuseOptions { Features = features, MaxStackDepth = 1 });
        Sys.SizeOf(mount.At("f0")).ShouldBe(6);
        Assert.SkipUnless(mount.Mount.Server.Connection!.Has(FuseFeatures.Passthrough), "this kernel has no passthrough (7.40)");
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "behind", Cancelled);
        using (var backing = File.OpenHandle(path))
        {
            var id = mount.Mount.Device.OpenBacking((int)backing.DangerousGetHandle());
            id.Error.ShouldBe(Errno.None);
            (fileSystem.BackingId, fileSystem.OpenFlags) = (id.Value, OpenOutFlags.Passthrough);

            File.ReadAllText(mount.At("f0")).ShouldBe("behind");

            mount.Mount.Device.CloseBacking(id.Value).ShouldBe(Errno.None);
        }

        File.Delete(path);
        fileSystem.Asked(FuseOpcode.Read).ShouldBe(0);
        mount.Mount.Device.OpenBacking(-1).Error.ShouldBe(Errno.EBADF);
    }

    [Fact]
    public async Task Detach_leaves_a_later_mount_on_the_same_place_alone()
    {
        await using var first = TestMount.Start(new FlatFileSystem());
        first.Mount.Unmount().ShouldBe(Errno.None);
        await first.Mount.Completion.Soon();
        var second = FuseMount.Mount(first.Directory, new FlatFileSystem());

        await first.Mount.DetachAsync(TimeSpan.Zero).Soon();

        first.Mount.Unmount().ShouldBe(Errno.EINVAL);
        Sys.SizeOf(first.At("f0")).ShouldBe(5);
        await second.DetachAsync(FakeSession.Patience).Soon();
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

    private static int CountWrongReads(string path, byte expected, int rounds)
    {
        using var file = File.OpenHandle(path);
        var buffer = new byte[3000];
        var wrong = 0;
        for (var round = 0; round < rounds; round++)
        {
            var length = 1 + (round % buffer.Length);
            buffer.AsSpan().Clear();
            if (RandomAccess.Read(file, buffer.AsSpan(0, length), 0) != length || buffer.AsSpan(0, length).IndexOfAnyExcept(expected) >= 0)
                wrong++;
        }

        return wrong;
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
