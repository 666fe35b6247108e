using System.Buffers.Binary;
using Tessera.Container;
using Tessera.Container.Growing;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Containers;

/// <summary>A seeded user of one container: every kind of commit, blocks claimed, released and discarded, syncs, checkpoints, reopens; the oracle is told of each.</summary>
public sealed class StoreWorkload
{
    /// <summary>Grown no further: images are to stay small.</summary>
    private const long MostSize = 256L << 20;
    private const int Keys = 120;
    private const int Counters = 4;
    private const int BlockKeys = 36;
    private const int FirstCounter = 1000;
    private const int LongestBlock = 160 * 1024;
    private const int BurstValues = 24;
    private const long LongestStretch = 3L << 20;
    private readonly TestContainer container;
    private readonly SimulatedDisk disk;
    private readonly StoreOracle oracle;
    private readonly WorkloadPlan plan;
    private readonly Random random;
    private readonly StoreBatch batch = new();
    private readonly Dictionary<int, byte[]?> changes = [];

    /// <summary>Opens the container.</summary>
    /// <param name="container">How.</param>
    /// <param name="disk">Where it lies.</param>
    /// <param name="judge">Told of the open store; gives the oracle that knows what it holds.</param>
    /// <param name="plan">What to do.</param>
    public StoreWorkload(TestContainer container, SimulatedDisk disk, Func<ContainerStore, StoreOracle> judge, WorkloadPlan plan)
    {
        this.container = container;
        this.disk = disk;
        this.plan = plan;
        random = new Random((int)(plan.Seed ^ (plan.Seed >> 32)));
        Store = Open();
        oracle = judge(Store);
    }

    public ContainerStore Store { get; private set; }

    /// <summary>Whether a step met a fault of the medium: the store takes no changes any more.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes steps until they are done or the store takes no more changes.</summary>
    public void Run(int steps)
    {
        for (int i = 0; i < steps && !Stopped; i++)
        {
            try
            {
                Step();
            }
            catch (IOException failure) when (failure is MediumException or StoreDamageException)
            {
                Stopped = true; // The store's contract says so of blocks and syncs; whether there was reason is for the campaign to judge.
            }

            Stopped |= Store.IsReadOnly;
            Store.Remember();
            oracle.Durable(Store.DurableSequence, disk.Trace.Count);
        }
    }

    /// <summary>Everything committed is durable.</summary>
    public void Sync()
    {
        plan.Bug.MakeDurable(Store, Store.LastSequence);
        oracle.Durable(oracle.LastSequence, disk.Trace.Count);
    }

    /// <summary>A few puts, deletes and an add.</summary>
    public void CommitSmall()
    {
        Begin();
        for (int i = random.Next(4); i >= 0; i--)
        {
            int key = random.Next(Keys);
            if (random.Next(4) == 0)
            {
                Delete(key);
            }
            else
            {
                Put(key, RandomValue(random.Next(8) == 0 ? 3000 : 200));
            }
        }

        int counter = FirstCounter + random.Next(Counters);
        AddTo(counter, random.Next(1000));
        Commit();
    }

    /// <summary>Writes blocks until there is no room for more, and claims them: a slot that is free by mistake is overwritten now.</summary>
    public void FillUp()
    {
        for (int key = StoreOracle.FirstBlockKey + BlockKeys; ; key++)
        {
            if (oracle.Value(key) is not null)
            {
                continue; // An earlier recovery filled the volume too, and nobody released its blocks.
            }

            ulong seed = (ulong)random.NextInt64();
            int length = Math.Min(Store.MaxBlockLength, LongestBlock);
            if (Now.Do(Store.WriteBlockAsync(StoreOracle.BlockContent(seed, length))) is not { } block)
            {
                return;
            }

            Begin();
            batch.ClaimBlock(block);
            Put(key, StoreOracle.BlockValue(block, seed));
            if (!Commit())
            {
                Store.DiscardBlock(block);
                return;
            }
        }
    }

    /// <summary>A larger limit, where there is one; mostly not whole groups more.</summary>
    public void Grow()
    {
        long limit = Store.Root.SizeLimit;
        if (plan.Grows && limit is > 0 and < MostSize)
        {
            ContainerGrowth.Run(Store, new GrowthOptions { Size = limit + random.NextInt64(1, LongestStretch) });
        }
    }

    /// <summary>Closes the container as an unmount does.</summary>
    public void Close() => Now.Do(Store.DisposeAsync());

    private ContainerStore Open()
    {
        ContainerOptions options = TestContainer.Deterministic(SeededHash.Of(plan.Seed, disk.Trace.Count)) with { TableBytes = plan.TableBytes, Memory = plan.Memory };
        return container.Open(plan.Bug.Wrap(disk.Open()), options);
    }

    private void Step()
    {
        switch (random.Next(100))
        {
            case < 38:
                CommitSmall();
                break;
            case < 64:
                CommitBlock();
                break;
            case < 70:
                DropBlock();
                break;
            case < 75:
                DiscardBlock();
                break;
            case < 79:
                FailCheck();
                break;
            case < 82:
                CommitBurst();
                break;
            case < 94:
                Sync();
                break;
            case < 98:
                Store.Checkpoint();
                break;
            case < 99:
                plan.Bug.Grow(this);
                break;
            default:
                Reopen();
                break;
        }
    }

    /// <summary>A new block takes the place of the old one under its key.</summary>
    private void CommitBlock()
    {
        int key = StoreOracle.FirstBlockKey + random.Next(BlockKeys);
        int most = Math.Min(Store.MaxBlockLength, random.Next(3) == 0 ? LongestBlock : 12 * 1024);
        ulong seed = (ulong)random.NextInt64();
        if (Now.Do(Store.WriteBlockAsync(StoreOracle.BlockContent(seed, random.Next(1, most + 1)))) is not { } block)
        {
            return;
        }

        Begin();
        BlockReference? old = Release(key);
        batch.ClaimBlock(block);
        Put(key, StoreOracle.BlockValue(block, seed));
        if (!Commit())
        {
            Store.DiscardBlock(block);
        }
        else if (old is { } released)
        {
            plan.Bug.Released(Store, released);
        }
    }

    private void DropBlock()
    {
        int key = StoreOracle.FirstBlockKey + random.Next(BlockKeys);
        Begin();
        batch.MayUseReserve = true;
        if (Release(key) is { } released)
        {
            Delete(key);
            if (Commit())
            {
                plan.Bug.Released(Store, released);
            }
        }
    }

    private void DiscardBlock()
    {
        if (Now.Do(Store.WriteBlockAsync(new byte[random.Next(1, Store.MaxBlockLength > LongestBlock ? LongestBlock : Store.MaxBlockLength)])) is { } block)
        {
            Store.DiscardBlock(block);
        }
    }

    /// <summary>A batch whose check does not hold must leave no trace.</summary>
    private void FailCheck()
    {
        int key = FirstCounter + random.Next(Counters);
        if (oracle.Value(key) is null)
        {
            return;
        }

        batch.Reset();
        batch.CheckAbsent(StoreOracle.Key(key));
        batch.Put(StoreOracle.Key(random.Next(Keys)), [1]);
        CommitStatus status = Now.Do(Store.CommitAsync(batch)).Status;
        if (status == CommitStatus.Committed)
        {
            throw new SimulationFailureException($"A commit went through although key {key} was there.");
        }
    }

    /// <summary>Much at once: fills tables and the log's ring.</summary>
    private void CommitBurst()
    {
        Begin();
        for (int i = 0; i < BurstValues; i++)
        {
            Put(random.Next(Keys), RandomValue(StoreLimits.MaxValue));
        }

        Commit();
    }

    private void Reopen()
    {
        if (!plan.Reopens)
        {
            return;
        }

        if (random.Next(2) == 0)
        {
            Close();
        }
        else
        {
            Store.Abandon();
        }

        Store = Open();
        if (Store.LastSequence != oracle.LastSequence)
        {
            throw new SimulationFailureException($"After closing or a kill, commit {Store.LastSequence} is the last instead of {oracle.LastSequence}.");
        }
    }

    private void Begin()
    {
        batch.Reset();
        changes.Clear();
    }

    private void Put(int key, byte[] value)
    {
        batch.Put(StoreOracle.Key(key), value);
        changes[key] = value;
    }

    private void Delete(int key)
    {
        batch.Delete(StoreOracle.Key(key));
        changes[key] = null;
    }

    private void AddTo(int key, long delta)
    {
        byte[] value = new byte[sizeof(long)];
        if (oracle.Value(key) is { } old)
        {
            BinaryPrimitives.WriteInt64LittleEndian(value, BinaryPrimitives.ReadInt64LittleEndian(old) + delta);
            batch.Add(StoreOracle.Key(key), 0, delta);
        }
        else
        {
            batch.CheckAbsent(StoreOracle.Key(key));
            batch.Put(StoreOracle.Key(key), value);
        }

        changes[key] = value;
    }

    private BlockReference? Release(int key)
    {
        if (oracle.Value(key) is not { } value)
        {
            return null;
        }

        BlockReference block = BlockReference.Decode(value);
        batch.ReleaseBlock(block);
        return block;
    }

    private bool Commit()
    {
        CommitResult result = Now.Do(Store.CommitAsync(batch));
        if (result.Status == CommitStatus.CheckFailed)
        {
            throw new SimulationFailureException("A commit failed a check that holds.");
        }

        if (result.Sequence == 0)
        {
            return false;
        }

        bool done = result.Status == CommitStatus.Committed;
        oracle.Committed(result.Sequence, changes, done ? disk.Trace.Count : null);
        return done;
    }

    private byte[] RandomValue(int most)
    {
        byte[] value = new byte[random.Next(1, most + 1)];
        random.NextBytes(value);
        return value;
    }
}
