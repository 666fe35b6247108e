using Tessera.Testing.Stores;

namespace Tessera.Volumes.Tests;

public sealed class RandomModelTests
{
    private const int OperationsPerRound = 2500;

    private const int SeedsInCi = 4;

    /// <summary>1 to 4, or as many as the environment's TESSERA_MODEL_SEEDS asks for.</summary>
    public static IEnumerable<TheoryDataRow<int>> Seeds
    {
        get
        {
            bool campaign = int.TryParse(Environment.GetEnvironmentVariable("TESSERA_MODEL_SEEDS"), out int seeds);
            return Enumerable.Range(1, campaign ? seeds : SeedsInCi).Select(seed => new TheoryDataRow<int>(seed));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Volume_agrees_with_the_reference_model_through_closes_and_kills(int seed)
    {
        // Small bounds, so that write-back, eviction and the ends of caches happen all the time.
        VolumeOptions options = new() { BackgroundWriteBack = false, DirtyBytes = 4 << 20, CachedInodes = 32, CachedNames = 32, BlockCacheBytes = 2 << 20 };
        VolumeFixture fixture = await VolumeFixture.NewAsync(options);
        RandomModel model = new(fixture, seed, maxFile: 400_000);
        for (int round = 0; round < 6; round++)
        {
            await model.RunAsync(OperationsPerRound);
            await model.CompareAsync();
            if (round % 2 == 0)
            {
                await fixture.ReopenAsync();
                model.NoteReopened();
            }
            else
            {
                await fixture.KillAsync();
                await model.NoteKilledAsync();
            }

            await model.CompareAsync();
        }

        await model.ClearAsync();
        await fixture.Volume.CloseAsync();
        fixture.Events.Faults.Where(fault => !fault.Contains("severed", StringComparison.Ordinal)).ShouldBeEmpty();
        ShouldBeEmpty(fixture.Memory);
    }

    /// <summary>Nothing is left but the volume's record and the root.</summary>
    private static void ShouldBeEmpty(MemoryVolumeStore store)
    {
        store.GetEntries().Select(entry => Convert.ToHexString(entry.Key)).ShouldBe(["01", "100000000000000001"]);
        store.ClaimedBlocks.ShouldBe(0);
        store.UnclaimedBlocks.ShouldBe(0);
    }
}
