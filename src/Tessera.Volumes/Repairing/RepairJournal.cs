using Tessera.Core.Stores;

namespace Tessera.Volumes.Repairing;

/// <summary>What a repair has to tell, and the batch it is writing: each commit is a repair done, and one that is cut short is done again.</summary>
internal sealed class RepairJournal(IVolumeStore store)
{
    /// <summary>A batch is committed when it is so long: far below the limit, for the largest single change is a few records.</summary>
    private const int CommitAt = 128 << 10;
    private readonly List<VolumeLoss> losses = [];

    public StoreBatch Batch { get; } = new() { MayUseReserve = true };

    public IReadOnlyList<VolumeLoss> Losses => losses;

    public long Mended { get; private set; }

    public void Lose(VolumeLoss loss) => losses.Add(loss);

    public void Mend() => Mended++;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Mended++;
        Batch.Put(key, value);
    }

    public void Delete(ReadOnlySpan<byte> key)
    {
        Mended++;
        Batch.Delete(key);
    }

    /// <summary>Commits when enough has gathered.</summary>
    public ValueTask CommitSomeAsync() => Batch.Length >= CommitAt ? CommitAsync() : default;

    /// <exception cref="IOException">The store took no more changes.</exception>
    public async ValueTask CommitAsync()
    {
        if (Batch.Count > 0)
        {
            CommitResult result = await store.CommitAsync(Batch);
            Batch.Reset();
            Batch.MayUseReserve = true;
            if (result.Status != CommitStatus.Committed)
            {
                throw new IOException($"The repair could not be written: {result.Status}.");
            }
        }
    }
}
