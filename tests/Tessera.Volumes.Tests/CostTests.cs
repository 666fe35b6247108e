using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>What operations cost the store, and what they allocate.</summary>
public sealed class CostTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private const long MaxWarmUpMs = 20_000;
    private const int Measured = 20_000;

    [Fact]
    public async Task Warm_operations_cost_at_most_one_read_and_one_commit()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        await ShouldCostAsync(fixture, 1, 1, async () => await fixture.MakeAsync(directory.Ino, "a"));
        await ShouldCostAsync(fixture, 1, 0, async () => await fixture.LookupAsync(directory.Ino, "a"));
        await ShouldCostAsync(fixture, 1, 0, async () => await fixture.LookupAsync(directory.Ino, "none"));
        await ShouldCostAsync(fixture, 0, 0, async () => await fixture.LookupAsync(directory.Ino, "none"));
        await ShouldCostAsync(fixture, 1, 1, async () => await fixture.Volume.RenameAsync(
            Root, new DirectoryEntry(directory.Ino, Name("a")), new DirectoryEntry(RootIno, Name("b")), RenameFlags.None));
        await ShouldCostAsync(fixture, 1, 1, async () =>
            await fixture.Volume.CreateAsync(Root, directory.Ino, Name("c"), 0, OpenFlags.ReadWrite | OpenFlags.Create));
        await ShouldCostAsync(fixture, 1, 1, async () => await fixture.Volume.UnlinkAsync(Root, directory.Ino, Name("c")));
    }

    [Fact]
    public async Task Small_file_costs_one_commit_to_make_and_one_to_close_and_no_block()
    {
        VolumeFixture fixture = await NewAsync();
        await fixture.MakeAsync(RootIno, "warm");
        fixture.Store.ResetCounts();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(4096, 1));
        await fixture.FlushAsync(file.Ino);
        fixture.Store.Commits.ShouldBe(2);
        fixture.Store.BlockWrites.ShouldBe(0);
        fixture.Store.ResetCounts();
        (await fixture.ReadAsync(file.Ino, 0, 8192)).Length.ShouldBe(4096);
        fixture.Store.Reads.ShouldBe(1);
    }

    [Fact]
    public async Task Conflicting_commits_are_tried_again()
    {
        VolumeFixture fixture = await NewAsync();
        await fixture.MakeAsync(RootIno, "warm");
        fixture.Store.ConflictNext(2);
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        fixture.Store.ConflictNext(2);
        (await fixture.Volume.RenameAsync(Root, new DirectoryEntry(RootIno, Name("f")), new DirectoryEntry(RootIno, Name("g")), RenameFlags.None))
            .ShouldBe(FsError.None);
        fixture.Store.ConflictNext(2);
        await fixture.SetSizeAsync(file.Ino, 100);
        fixture.Store.ConflictNext(2);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("g"))).ShouldBe(FsError.None);
    }

    [Fact]
    public async Task Hot_paths_allocate_nothing()
    {
        VolumeFixture fixture = await NewAsync(new VolumeOptions { BackgroundWriteBack = false, AccessTimes = AccessTimePolicy.Relative });
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        InodeAttributes stored = await fixture.MakeAsync(RootIno, "stored");
        await fixture.WriteAsync(stored.Ino, 0, Pattern(4096, 1));
        await fixture.FlushAsync(stored.Ino);
        ulong handle = (await fixture.Volume.OpenAsync(Root, file.Ino, OpenFlags.ReadWrite)).Value;
        byte[] name = Name("f");
        byte[] page = new byte[4096];
        Volume volume = fixture.Volume;

        long allocated = Measure(() =>
        {
            Complete(volume.GetAttributesAsync(Root, file.Ino)).Error.ShouldBeNone();
            Complete(volume.LookupAsync(Root, RootIno, name)).Error.ShouldBeNone();
            Complete(volume.WriteAsync(Root, new FileSpan(file.Ino, handle, 8192), page, WriteFlags.None)).Error.ShouldBeNone();
            Complete(volume.ReadAsync(Root, new FileSpan(file.Ino, handle, 8192), page)).Error.ShouldBeNone();
        });

        allocated.ShouldBeLessThan(Measured);
    }

    /// <summary>Bytes allocated by a round of operations, in the steady state: code that was just compiled in a hurry boxes where
    /// optimized code does
    /// not, so rounds go on until one allocates next to nothing or time is up.</summary>
    private static long Measure(Action operation)
    {
        long started = Environment.TickCount64;
        while (true)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Measured; i++)
            {
                operation();
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated < Measured || Environment.TickCount64 - started > MaxWarmUpMs)
            {
                return allocated;
            }
        }
    }

    private static T Complete<T>(ValueTask<T> task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("An operation on what is in memory did not complete at once.");
        }

        return task.Result;
    }

    private static async Task ShouldCostAsync(VolumeFixture fixture, long reads, long commits, Func<Task> operation)
    {
        fixture.Store.ResetCounts();
        await operation();
        fixture.Store.Reads.ShouldBeLessThanOrEqualTo(reads);
        fixture.Store.Commits.ShouldBe(commits);
        fixture.Store.Durables.ShouldBe(0);
    }
}
