using Tessera.Core.Stores;

namespace Tessera.Testing.Stores;

/// <summary>Remembers the last commit that somebody was told of; a background worker's may be on its way beyond it.</summary>
public sealed class AcknowledgedStore(IVolumeStore inner) : VolumeStoreDecorator(inner)
{
    private readonly Lock gate = new();
    private ulong last;

    /// <summary>The highest sequence of a commit that was answered.</summary>
    public ulong LastSequence
    {
        get
        {
            lock (gate)
            {
                return last;
            }
        }
    }

    public override async ValueTask<CommitResult> CommitAsync(StoreBatch batch)
    {
        CommitResult result = await base.CommitAsync(batch);
        if (result.Status == CommitStatus.Committed)
        {
            lock (gate)
            {
                last = Math.Max(last, result.Sequence);
            }
        }

        return result;
    }
}
