using Tessera.Container;
using Tessera.Core.Stores;

namespace Tessera.Testing.Containers;

/// <summary>A seeded run of commits on a container: puts, deletes, blocks claimed, replaced, released and thrown away, syncs, checkpoints.</summary>
/// <param name="store">The container.</param>
/// <param name="model">Told of everything acknowledged.</param>
/// <param name="operations">How many operations the disk has seen.</param>
/// <param name="seed">Decides everything.</param>
public sealed class StoreWorkload(ContainerStore store, StoreModel model, Func<int> operations, int seed)
{
    private readonly Random random = new(seed);
    private readonly Dictionary<string, byte[]> current = [];
    private readonly StoreBatch batch = new();

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            switch (random.Next(40))
            {
                case 0:
                    store.Checkpoint();
                    break;
                case < 4:
                    Sync();
                    break;
                case 4:
                    ThrowBlockAway();
                    break;
                default:
                    Commit();
                    break;
            }
        }
    }

    private void Commit()
    {
        var changes = new List<KeyValuePair<string, byte[]?>>();
        batch.Reset();
        for (int count = random.Next(1, 6); count > 0; count--)
        {
            switch (random.Next(5))
            {
                case 0:
                    Delete(changes);
                    break;
                case 1:
                    PutBlock(changes);
                    break;
                default:
                    Put(changes);
                    break;
            }
        }

        CommitResult result = Wait(store.CommitAsync(batch));
        if (result.Status != CommitStatus.Committed)
        {
            throw new InvalidOperationException($"The workload's commit ended with {result.Status}: {store.Fault?.Message}");
        }

        foreach ((string key, byte[]? value) in changes)
        {
            _ = value is null ? current.Remove(key) : (current[key] = value) is not null;
        }

        model.Note(result.Sequence, changes, operations());
        if (random.Next(12) == 0)
        {
            Sync();
        }
    }

    private void Put(List<KeyValuePair<string, byte[]?>> changes)
    {
        byte[] value = new byte[random.Next(10) == 0 ? random.Next(2000, StoreLimits.MaxValue) : random.Next(200)];
        random.NextBytes(value);
        string key = $"k{random.Next(300):d4}";
        batch.Put(StoreModel.Key(key), value);
        changes.Add(new(key, value));
    }

    private void Delete(List<KeyValuePair<string, byte[]?>> changes)
    {
        string key = random.Next(2) == 0 ? $"k{random.Next(300):d4}" : $"b{random.Next(20):d4}";
        Release(key, changes);
        batch.Delete(StoreModel.Key(key));
        changes.Add(new(key, null));
    }

    private void PutBlock(List<KeyValuePair<string, byte[]?>> changes)
    {
        int contentSeed = random.Next();
        byte[] content = StoreModel.BlockContent(contentSeed, random.Next(1, Math.Min(store.MaxBlockLength, 60_000)));
        if (Wait(store.WriteBlockAsync(content)) is not { } block)
        {
            return;
        }

        string key = $"b{random.Next(20):d4}";
        Release(key, changes);
        byte[] value = StoreModel.BlockValue(block, contentSeed);
        batch.ClaimBlock(block);
        batch.Put(StoreModel.Key(key), value);
        changes.Add(new(key, value));
    }

    /// <summary>The block that stands under the key, in this batch or before it, is given back.</summary>
    private void Release(string key, List<KeyValuePair<string, byte[]?>> changes)
    {
        int own = changes.FindLastIndex(change => change.Key == key);
        byte[]? old = own >= 0 ? changes[own].Value : current.GetValueOrDefault(key);
        if (old is not null && StoreModel.IsBlockKey(key))
        {
            batch.ReleaseBlock(BlockReference.Decode(old));
        }
    }

    private void ThrowBlockAway()
    {
        if (Wait(store.WriteBlockAsync(new byte[random.Next(1, 4000)])) is { } block)
        {
            store.DiscardBlock(block);
        }
    }

    private void Sync()
    {
        ulong sequence = store.LastSequence;
        store.MakeDurableAsync(sequence).AsTask().GetAwaiter().GetResult();
        model.Durable.Add((sequence, operations()));
    }

    private static T Wait<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : task.AsTask().GetAwaiter().GetResult();
}
