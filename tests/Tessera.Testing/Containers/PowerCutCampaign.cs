using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Containers;

/// <summary>One seed of the power-cut campaign: records a run once, then cuts the power at many places and judges what comes back.</summary>
/// <param name="container">Profile and placement.</param>
/// <param name="seed">Decides run, cuts and luck.</param>
public sealed class PowerCutCampaign(TestContainer container, int seed)
{
    private const int Steps = 250;

    /// <summary>Every how many cuts the recovery itself is cut too, and what comes of that is judged.</summary>
    private const int SecondCutEvery = 5;
    private readonly StoreModel model = new();
    private static readonly ContainerOptions Small = new() { TableBytes = 96 * 1024, NodeCacheBytes = 1 << 20 };

    /// <summary>Plants a bug below the container: what it writes to is not what it believes.</summary>
    public Func<IMedium, IMedium> Beneath { get; init; } = static medium => medium;

    /// <summary>Plants a bug in the container.</summary>
    public Action<ContainerStore> Within { get; init; } = static _ => { };

    /// <summary>The first failure, with what is needed to repeat it; null when all cuts are survived.</summary>
    public string? Run(int cuts)
    {
        DiskTrace trace = SimulatedDisk.Record(TestContainer.Disk((ulong)seed), Record);
        int number = 0;
        foreach (PowerCut cut in trace.PickCuts(cuts, (ulong)seed))
        {
            string? failure = Judge(trace.ImageAfterCut(cut), model.LastDurableBy(cut.Operation), cut.Operation >= model.FormattedAt, number++);
            if (failure is not null)
            {
                return $"{container}, seed {seed}, {cut}: {failure}";
            }
        }

        foreach (PowerCut cut in trace.PickCuts(Math.Max(1, cuts / 10), (ulong)seed + 1))
        {
            string? failure = Judge(trace.ImageAfterKill(cut.Operation), model.LastAcknowledgedBy(cut.Operation), cut.Operation >= model.FormattedAt, number++);
            if (failure is not null)
            {
                return $"{container}, seed {seed}, kill at operation {cut.Operation}: {failure}";
            }
        }

        return null;
    }

    private void Record(SimulatedMedium disk)
    {
        container.Format(Beneath(disk), logBytes: 8 << 20);
        model.FormattedAt = disk.Disk.Trace.Count;
        ContainerStore store = container.Open(Beneath(disk), Options(seed));
        Within(store);
        new StoreWorkload(store, model, () => disk.Disk.Trace.Count, seed).Run(Steps);
        store.Abandon();
    }

    private static ContainerOptions Options(int seed)
    {
        ContainerOptions random = TestContainer.Deterministic((ulong)seed);
        return Small with { Background = false, Random = random.Random };
    }

    private string? Judge(DiskImage image, ulong atLeast, bool formatted, int number)
    {
        if (number % SecondCutEvery == 0 && formatted && JudgeSecondCut(image, atLeast, number) is { } second)
        {
            return second;
        }

        ContainerStore store;
        try
        {
            store = container.Open(new SimulatedDisk(image, TestContainer.Disk((ulong)number)).Open(), Options(number));
        }
        catch (ContainerFormatException) when (!formatted)
        {
            return null; // The power went while the container was being made: nothing was promised.
        }
        catch (IOException failure)
        {
            return $"it does not open: {failure.Message}";
        }

        return JudgeContents(store, atLeast) ?? JudgeSpace(store);
    }

    private string? JudgeContents(ContainerStore store, ulong atLeast)
    {
        ulong sequence = store.LastSequence;
        if (sequence < atLeast)
        {
            return $"it came back at commit {sequence}, but {atLeast} was promised";
        }

        return StoreOracle.Compare(store, model.StateAt(sequence)) is { } difference ? $"at commit {sequence}: {difference}" : null;
    }

    /// <summary>Cuts the power while the container is being opened, and judges that opening's successor.</summary>
    private string? JudgeSecondCut(DiskImage image, ulong atLeast, int number)
    {
        PowerCut cut = default;
        try
        {
            DiskTrace recovery = SimulatedDisk.Record(image, TestContainer.Disk((ulong)number), medium => container.Open(medium, Options(number)).Abandon());
            cut = recovery.PickCuts(1, (ulong)(seed + number))[0];
            ContainerStore store = container.Open(new SimulatedDisk(recovery.ImageAfterCut(cut), TestContainer.Disk((ulong)number)).Open(), Options(number));
            string? failure = JudgeContents(store, atLeast);
            store.Abandon();
            return failure is null ? null : $"after a second cut ({cut}): {failure}";
        }
        catch (IOException failure)
        {
            return $"after a second cut ({cut}) it does not open: {failure.Message}";
        }
    }

    /// <summary>Goes on working: what is written now must not lie on anything alive.</summary>
    private string? JudgeSpace(ContainerStore store)
    {
        SortedDictionary<string, byte[]> before = model.StateAt(store.LastSequence);
        var more = new StoreModel();
        try
        {
            var batch = new Tessera.Core.Stores.StoreBatch();
            for (int i = 0; i < 12; i++)
            {
                byte[] content = StoreModel.BlockContent(i, Math.Min(store.MaxBlockLength, 50_000));
                if (store.WriteBlockAsync(content).AsTask().GetAwaiter().GetResult() is not { } block)
                {
                    return "there is no space after recovery";
                }

                string key = $"bz{i:d3}";
                byte[] value = StoreModel.BlockValue(block, i);
                batch.Reset();
                batch.ClaimBlock(block);
                batch.Put(StoreModel.Key(key), value);
                store.CommitAsync(batch).AsTask().GetAwaiter().GetResult();
                before[key] = value;
                if (i % 4 == 3)
                {
                    store.Checkpoint();
                }
            }

            return StoreOracle.Compare(store, before) is { } difference ? $"after going on: {difference}" : null;
        }
        catch (IOException failure)
        {
            return $"going on failed: {failure.Message}";
        }
        finally
        {
            store.Abandon();
        }
    }
}
