namespace Tessera.Simulation.Tests.Adversary;

/// <summary>What nobody writes does not stay where it is (docs/format/scattered.md, Reshuffle).</summary>
public sealed class ReshuffleTests : IDisposable
{
    private const int StillBytes = 1 << 20;
    private const int BusyBytes = 4 << 20;
    private const int Slot = 4096;
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-reshuffle-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task What_nobody_writes_is_moved_by_as_much_as_others_write(int percent)
    {
        await using WatchedVolume volume = await WatchedVolume.MakeAsync(Path.Combine(_directory, "vault"), percent);
        await volume.WriteAsync("still", StillBytes);
        await volume.ReshuffleAsync();
        IReadOnlySet<long> first = await volume.SlotsOfAsync("still");
        first.Count.ShouldBe(StillBytes / Slot);

        for (int i = 0; i < 4; i++)
        {
            await volume.WriteAsync("busy", BusyBytes);
            await volume.ReshuffleAsync();
            volume.SlotsOfCheckpoint();
        }

        IReadOnlySet<long> last = await volume.SlotsOfAsync("still");
        last.Count.ShouldBe(first.Count);
        int stayed = last.Intersect(first).Count();
        stayed.ShouldBeInRange(percent == 0 ? first.Count : 0, percent == 0 ? first.Count : first.Count / 10, "a slot that it left may be drawn again");
        (await volume.HoldsAsync("still", StillBytes)).ShouldBeTrue();
        (await volume.HoldsAsync("busy", BusyBytes)).ShouldBeTrue();
    }

    [Fact]
    public async Task Entries_that_nobody_changes_are_moved_by_the_next_checkpoint()
    {
        await using WatchedVolume volume = await WatchedVolume.MakeAsync(Path.Combine(_directory, "vault"), reshufflePercent: 100);
        for (int i = 0; i < 8; i++)
        {
            await volume.WriteAsync($"file {i}", StillBytes);
        }

        volume.SlotsOfCheckpoint();
        volume.SlotsOfCheckpoint(); // The first still folds what the last one changed of the map of space.
        int quiet = volume.SlotsOfCheckpoint();
        int moving = volume.SlotsOfCheckpoint(movedNear: "file 3");

        moving.ShouldBeGreaterThan(quiet + 8, "both copies of a leaf, and its decoys");
    }
}
