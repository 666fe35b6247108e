using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class ConcurrencyTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private const int Workers = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parallel_creates_in_one_directory_all_succeed(bool delayed)
    {
        VolumeFixture fixture = await NewAsync();
        fixture.Store.Delay = delayed ? async () => await Task.Yield() : null;
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        await RunAsync(async worker =>
        {
            for (int i = 0; i < 200; i++)
            {
                bool sub = i % 4 == 0;
                await fixture.MakeAsync(directory.Ino, $"{worker}-{i}", (sub ? ModeBits.Directory : ModeBits.Regular) | 0x1FF);
            }
        });
        fixture.Store.Delay = null;
        InodeAttributes after = await fixture.AttributesAsync(directory.Ino);
        (after.Size, after.LinkCount).ShouldBe((Workers * 200UL, 2U + (Workers * 50)));
        (await fixture.ListAsync(directory.Ino)).Count.ShouldBe((Workers * 200) + 2);
        await fixture.KillAsync();
        InodeAttributes reopened = await fixture.AttributesAsync(directory.Ino);
        (reopened.Size, reopened.LinkCount, reopened.ModifyTime, reopened.Change).ShouldBe((after.Size, after.LinkCount, after.ModifyTime, after.Change));
    }

    [Fact]
    public async Task One_name_is_created_once()
    {
        VolumeFixture fixture = await NewAsync();
        for (int round = 0; round < 50; round++)
        {
            string name = $"f{round}";
            int made = 0;
            await RunAsync(async _ =>
            {
                FsResult<InodeAttributes> result = await fixture.Volume.MakeNodeAsync(Root, RootIno, Name(name), new NewNode(ModeBits.Regular, 0, default));
                (result.Ok || result.Error == FsError.Exists).ShouldBeTrue();
                Interlocked.Add(ref made, result.Ok ? 1 : 0);
            });
            made.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Links_of_one_inode_made_and_removed_at_once_are_all_counted()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        fixture.Store.Delay = async () => await Task.Yield();
        await RunAsync(async worker =>
        {
            for (int i = 0; i < 50; i++)
            {
                (await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name($"{worker}-{i}"))).Error.ShouldBe(FsError.None);
            }
        });
        (await fixture.AttributesAsync(file.Ino)).LinkCount.ShouldBe(1U + (Workers * 50));
        await RunAsync(async worker =>
        {
            for (int i = 0; i < 50; i++)
            {
                (await fixture.Volume.UnlinkAsync(Root, RootIno, Name($"{worker}-{i}"))).ShouldBe(FsError.None);
            }
        });
        (await fixture.AttributesAsync(file.Ino)).LinkCount.ShouldBe(1U);

        // What is in memory may be right while the last record stored is not.
        await fixture.KillAsync();
        (await fixture.AttributesAsync(file.Ino)).LinkCount.ShouldBe(1U);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        await fixture.Volume.CloseAsync();
        fixture.Memory.KeyCount.ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Link_removed_in_the_middle_of_another_removal_is_counted_in_the_store(bool byRename)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "a");
        await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("b"));
        await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("c"));
        await fixture.MakeAsync(RootIno, "other");
        Task<FsError> second = Task.FromResult(FsError.IO);
        fixture.Store.Delay = () =>
        {
            // The first removal is about to commit what it made of the record.
            fixture.Store.Delay = null;
            second = fixture.Volume.UnlinkAsync(Root, RootIno, Name("b")).AsTask();
            return Task.CompletedTask;
        };
        DirectoryEntry other = new(RootIno, Name("other"));
        FsError first = byRename
            ? await fixture.Volume.RenameAsync(Root, other, new DirectoryEntry(RootIno, Name("a")), RenameFlags.None)
            : await fixture.Volume.UnlinkAsync(Root, RootIno, Name("a"));
        (first, await second).ShouldBe((FsError.None, FsError.None));
        await fixture.KillAsync();
        (await fixture.AttributesAsync(file.Ino)).LinkCount.ShouldBe(1U);
    }

    [Fact]
    public async Task Random_namespace_storm_leaves_consistent_link_counts()
    {
        VolumeFixture fixture = await NewAsync();
        fixture.Store.Delay = async () => await Task.Yield();
        List<ulong> directories = [RootIno];
        for (int i = 0; i < 5; i++)
        {
            directories.Add((await fixture.MakeDirectoryAsync(directories[i / 2], $"base{i}")).Ino);
        }

        await RunAsync(worker => StormAsync(fixture, directories, worker));
        fixture.Store.Delay = null;
        fixture.Events.Faults.ShouldBeEmpty();
        Dictionary<ulong, uint> links = [];
        await ShouldBeConsistentAsync(fixture, RootIno, links);
        foreach ((ulong ino, uint count) in links)
        {
            (await fixture.AttributesAsync(ino)).LinkCount.ShouldBe(count);
        }
    }

    [Fact]
    public async Task Readers_and_writers_of_one_file_see_whole_pages()
    {
        VolumeFixture fixture = await NewAsync(new VolumeOptions { DirtyBytes = 4 << 20 });
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        const int Pages = 512;
        await fixture.WriteAsync(file.Ino, 0, new byte[Pages * 4096]);
        using CancellationTokenSource done = new();
        Task writers = RunAsync(async worker =>
        {
            Random random = new(worker);
            for (int i = 0; i < 2000; i++)
            {
                byte[] page = new byte[4096];
                page.AsSpan().Fill((byte)random.Next(1, 256));
                await fixture.WriteAsync(file.Ino, random.Next(Pages) * 4096L, page);
                if (i % 200 == worker)
                {
                    await fixture.FlushAsync(file.Ino);
                }
            }
        });
        Task readers = StartAsync(async () =>
        {
            Random random = new(99);
            while (!done.IsCancellationRequested)
            {
                byte[] page = await fixture.ReadAsync(file.Ino, random.Next(Pages) * 4096L, 4096);
                page.AsSpan().IndexOfAnyExcept(page[0]).ShouldBe(-1);
            }
        });
        await writers;
        await done.CancelAsync();
        await readers;
        byte[] before = await fixture.ReadAsync(file.Ino);
        await fixture.FlushAsync(file.Ino);
        (await fixture.ReadAsync(file.Ino)).AsSpan().SequenceEqual(before).ShouldBeTrue();
        await fixture.KillAsync();
        (await fixture.ReadAsync(file.Ino)).AsSpan().SequenceEqual(before).ShouldBeTrue();
    }

    [Fact]
    public async Task A_slow_file_does_not_hold_up_others()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes slow = await fixture.MakeAsync(RootIno, "slow");
        InodeAttributes fast = await fixture.MakeAsync(RootIno, "fast");
        await fixture.WriteAsync(slow.Ino, 0, Pattern(1 << 20, 1));
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Store.Delay = () =>
        {
            entered.TrySetResult();
            return gate.Task;
        };
        Task flush = StartAsync(() => fixture.FlushAsync(slow.Ino));
        await entered.Task;
        fixture.Store.Delay = null;
        await fixture.WriteAsync(fast.Ino, 0, Pattern(5000, 2));
        await fixture.FlushAsync(fast.Ino);
        await fixture.MakeAsync(RootIno, "new");
        await fixture.WriteAsync(slow.Ino, 0, Pattern(100, 3));
        (await fixture.ReadAsync(slow.Ino, 0, 100)).ShouldBe(Pattern(100, 3));
        flush.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        await flush;
    }

    private static async Task StormAsync(VolumeFixture fixture, List<ulong> directories, int worker)
    {
        Random random = new(worker);
        for (int i = 0; i < 400; i++)
        {
            (ulong parent, byte[] name) = Pick(random, directories);
            (ulong parent2, byte[] name2) = Pick(random, directories);
            FsError error = random.Next(6) switch
            {
                0 => (await fixture.Volume.MakeNodeAsync(Root, parent, name, new NewNode(ModeBits.Regular, 0, default))).Error,
                1 => (await fixture.Volume.MakeNodeAsync(Root, parent, name, new NewNode(ModeBits.Directory, 0, default))).Error,
                2 => await fixture.Volume.UnlinkAsync(Root, parent, name),
                3 => await fixture.Volume.RemoveDirectoryAsync(Root, parent, name),
                _ => await fixture.Volume.RenameAsync(
                    Root, new DirectoryEntry(parent, name), new DirectoryEntry(parent2, name2), (RenameFlags)random.Next(3)),
            };
            error.ShouldBeOneOf(
                FsError.None, FsError.Exists, FsError.NotFound, FsError.IsDirectory, FsError.NotDirectory, FsError.NotEmpty, FsError.InvalidArgument, FsError.Stale);
        }
    }

    private static (ulong Parent, byte[] Name) Pick(Random random, List<ulong> directories)
    {
        string name = random.Next(4) == 0 ? $"base{random.Next(5)}" : $"n{random.Next(12)}";
        return (directories[random.Next(directories.Count)], Name(name));
    }

    private static async Task ShouldBeConsistentAsync(VolumeFixture fixture, ulong directory, Dictionary<ulong, uint> links)
    {
        links[directory] = 2;
        foreach ((string name, _, InodeAttributes attributes) in await fixture.ListAsync(directory, attributes: true))
        {
            if (name is "." or "..")
            {
                continue;
            }

            if (!ModeBits.IsDirectory(attributes.Mode))
            {
                links[attributes.Ino] = links.GetValueOrDefault(attributes.Ino) + 1;
                continue;
            }

            links.ShouldNotContainKey(attributes.Ino);
            (await fixture.LookupAsync(attributes.Ino, "..")).Value.Ino.ShouldBe(directory);
            links[directory]++;
            await ShouldBeConsistentAsync(fixture, attributes.Ino, links);
        }
    }

    private static Task RunAsync(Func<int, Task> work) => Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => StartAsync(() => work(worker))));

    private static Task StartAsync(Func<Task> work) => Task.Run(work, TestContext.Current.CancellationToken);
}
