namespace Tessera.Testing.Simulation;

/// <summary>What was done to a disk, in order, from which the disk after a power cut at any point is made without running the workload again.</summary>
/// <remarks>
/// An image costs what was written since the last flush before the cut, not the size of the disk. Images may be made by many threads at once.
/// A promise made to a user when <see cref="Count"/> was n holds in every image of a cut at an operation ≥ n.
/// </remarks>
public sealed class DiskTrace
{
    private readonly Lock gate = new();
    private readonly bool isKept;
    private readonly List<Checkpoint> checkpoints = [];
    private readonly List<DiskOperation> operations = [];
    private int firstKept;

    internal DiskTrace(DiskImage start, bool isKept)
    {
        this.isKept = isKept;
        checkpoints.Add(new Checkpoint(0, start));
    }

    /// <summary>Operations so far. Reads are not among them.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return firstKept + operations.Count;
            }
        }
    }

    public DiskOperation this[int operation]
    {
        get
        {
            lock (gate)
            {
                return operations[operation - firstKept];
            }
        }
    }

    public DiskImage ImageAfterCut(int operation, ulong seed, CutMode mode) => ImageAfterCut(new PowerCut(operation, seed, mode));

    /// <summary>The disk as the next boot finds it; a new image at each call, the same for the same cut.</summary>
    public DiskImage ImageAfterCut(PowerCut cut)
    {
        (Checkpoint start, DiskOperation[] since) = Since(cut.Operation, inFlight: 1);
        return CutImage.Build(start.Image, since, start.First, cut);
    }

    /// <summary>
    /// The disk as another process finds it when the one that wrote was killed before the given operation: all that completed is there, but for
    /// what a failed flush lost.
    /// </summary>
    public DiskImage ImageAfterKill(int operation)
    {
        (Checkpoint start, DiskOperation[] since) = Since(operation, inFlight: 0);
        DiskImage image = start.Image.Clone();
        foreach (DiskOperation done in since)
        {
            CutImage.Apply(image, done);
        }

        return image;
    }

    /// <summary>Cuts spread over the trace: half anywhere, half in or right beside an operation that makes something durable, where the bugs are.</summary>
    public IReadOnlyList<PowerCut> PickCuts(int count, ulong seed)
    {
        int total = Count;
        List<int> barriers =
        [
            .. Enumerable.Range(firstKept, total - firstKept).Where(i => this[i].Kind is DiskOperations.Flush or DiskOperations.DurableWrite),
        ];
        var cuts = new PowerCut[count];
        for (int i = 0; i < count; i++)
        {
            ulong hash = SeededHash.Of(seed, i);
            int operation = firstKept + SeededHash.Below(SeededHash.Mix(hash), total - firstKept + 1);
            if (i % 2 == 1 && barriers.Count > 0)
            {
                operation = barriers[SeededHash.Below(SeededHash.Mix(hash), barriers.Count)] + (int)(hash & 1);
            }

            // Torn sectors find most; the other patterns take turns.
            CutMode mode = SeededHash.Coin(hash) ? CutMode.Sectors : (CutMode)SeededHash.Below(SeededHash.Of(hash, 1), (int)CutMode.Everything + 1);
            cuts[i] = new PowerCut(operation, hash, mode);
        }

        return cuts;
    }

    internal void Append(DiskOperation operation)
    {
        lock (gate)
        {
            operations.Add(operation);
        }
    }

    /// <summary>All operations so far are on the disk, which is <paramref name="image"/> now.</summary>
    internal void AddCheckpoint(DiskImage image)
    {
        lock (gate)
        {
            int count = firstKept + operations.Count;
            if (!isKept)
            {
                checkpoints.Clear();
                operations.Clear();
                firstKept = count;
            }

            checkpoints.Add(new Checkpoint(count, image.Freeze()));
        }
    }

    /// <summary>A flush has failed: what it did not write is never written, and which sectors those are is decided here and now.</summary>
    internal void DecideUnflushed(int flush, ulong seed)
    {
        (_, DiskOperation[] since) = Since(flush, inFlight: 0);
        foreach (DiskOperation operation in since)
        {
            operation.Verdict ??= (flush, seed);
        }
    }

    private (Checkpoint Start, DiskOperation[] Since) Since(int operation, int inFlight)
    {
        lock (gate)
        {
            int count = firstKept + operations.Count;
            if (operation < firstKept || operation > count)
            {
                throw new ArgumentOutOfRangeException(nameof(operation), operation, $"The trace keeps operations {firstKept} to {count}.");
            }

            Checkpoint start = checkpoints[checkpoints.FindLastIndex(checkpoint => checkpoint.First <= operation)];
            int end = Math.Min(operation + inFlight, count);
            return (start, [.. operations[(start.First - firstKept)..(end - firstKept)]]);
        }
    }

    /// <param name="First">The first operation that is not in the image.</param>
    /// <param name="Image">The durable state before it.</param>
    private sealed record Checkpoint(int First, DiskImage Image);
}
