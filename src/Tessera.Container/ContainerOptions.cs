using Tessera.Container.Remembering;

namespace Tessera.Container;

/// <summary>How a container is opened.</summary>
public sealed record ContainerOptions
{
    /// <summary>With one decoy, of any slot seen written it is as likely as not that it holds something.</summary>
    public const int DefaultDecoys = 1;

    /// <summary>Least even pace, bytes a second: a checkpoint must come through between two roots.</summary>
    public const long LeastCover = 64 << 10;

    /// <summary>Largest even pace, bytes a second: more is more than one thread writes.</summary>
    public const long MostCover = 64 << 20;

    /// <summary>Most decoys beside a slot: writing then takes nine times as much.</summary>
    public const int MostDecoys = 8;

    /// <summary>Nothing is written; the log is replayed in memory.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Open for writing although another host used the container last and did not close it.</summary>
    public bool TakeOver { get; init; }

    /// <summary>Who this host is: a hash that is the same after every start of it.</summary>
    public Guid Host { get; init; }

    /// <summary>Memory for opened tree nodes, bytes.</summary>
    public long NodeCacheBytes { get; init; } = 64L << 20;

    /// <summary>Memory of the table commits go to before it is checkpointed, bytes. Two of them may be full at a time.</summary>
    public long TableBytes { get; init; } = 16L << 20;

    /// <summary>Acknowledged commits are durable after this long at the latest, without any sync.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Runs checkpoints and late flushes on a thread of its own. Off in simulations, which call <see cref="ContainerStore.Checkpoint"/> themselves so that a seed decides everything.</summary>
    public bool Background { get; init; } = true;

    /// <summary>Random numbers for the scattered placement; null for the system's.</summary>
    public Func<ulong>? Random { get; init; }

    /// <summary>Remembers the newest state seen, so that an older one is refused; null: nothing is compared and nothing remembered.</summary>
    public IVolumeMemory? Memory { get; init; }

    /// <summary>Open, and remember from now on, an older state than was seen before.</summary>
    public bool AcceptRollback { get; init; }

    /// <summary>Counters that survive what is put back on disks; null: a volume that is bound to one is refused.</summary>
    public IRollbackCounter? Counter { get; init; }

    /// <summary>What an opening for writing does about the volume's counter.</summary>
    public CounterUse CounterUse { get; init; }

    /// <summary>What <see cref="Memory"/> holds of the volume that is being opened.</summary>
    internal RollbackGuard? Guard { get; init; }

    /// <summary>Noise written to free slots beside each slot that is written, 0 to <see cref="MostDecoys"/>; of scattered containers only.</summary>
    public int Decoys { get; init; } = DefaultDecoys;

    /// <summary>Bytes a second that are written at an even pace, whether or not there is anything to be written; 0: no pace is kept. Of scattered containers in one file or device, without parity, only.</summary>
    public long CoverRate { get; init; }

    /// <summary>Told once, by one sentence, when the container turns read-only after a fault, and of damage found on the way.</summary>
    public Action<string>? Report { get; init; }
}
