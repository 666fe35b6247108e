using Tessera.Container.Space;

namespace Tessera.Container.Backup;

/// <summary>The roots that backups hold on to, and the slots that are kept from reuse for them (docs/format/container.md, Reuse: a pin is a kept root).</summary>
/// <remarks>
/// On the medium such slots are free as soon as a later root says so: a pin ends with the process, and a reopened container owes it nothing. Only the
/// bitmaps in memory go on saying "used". Lock order: this lock before the space lock; pins are added under the checkpoint lock.
/// </remarks>
internal sealed class RootPins(SpaceMap space)
{
    /// <summary>Most runs kept for pins, 16 bytes each. Beyond, the pins are given up: memory is for the volume first.</summary>
    private const int MaxKeptRuns = 4 << 20;
    private readonly Lock gate = new();
    private readonly List<RootPin> pins = [];
    private readonly Queue<Kept> kept = new();
    private long keptRuns;

    /// <summary>Slots given up that only pins keep from being free.</summary>
    public long KeptSlots { get; private set; }

    public void Add(RootPin pin)
    {
        lock (gate)
        {
            pins.Add(pin);
            pin.Among = this;
        }
    }

    /// <summary>Does something to slots that a pinned root refers to, unless the pin is lost; nobody is given one of them meanwhile.</summary>
    /// <returns>False when it is lost: nothing was done.</returns>
    public bool TryWhileHeld(RootPin pin, Action action)
    {
        lock (gate)
        {
            if (!pin.IsHeld)
            {
                return false;
            }

            action();
            return true;
        }
    }

    /// <summary>Whether a pinned root refers to what was given up on the way to this generation.</summary>
    public bool Needs(ulong generation)
    {
        lock (gate)
        {
            return NeedsLocked(generation);
        }
    }

    /// <summary>As <see cref="SpaceMap.Settle"/>; what was given up on the way to <paramref name="generation"/> stays used while an older root is pinned.</summary>
    public void Settle(SpaceChanges changes, ulong generation, Action publish)
    {
        lock (gate)
        {
            if (keptRuns + changes.Runs.Length > MaxKeptRuns)
            {
                LoseLocked();
            }

            bool keep = NeedsLocked(generation);
            space.Settle(changes, keep, publish);
            if (keep)
            {
                kept.Enqueue(new Kept(generation, changes));
                keptRuns += changes.Runs.Length;
                KeptSlots += changes.GivenUpSlots;
            }
        }
    }

    /// <summary>Takes a pin back; what no other pin needs is handed to <paramref name="beforeFree"/> and then becomes free.</summary>
    public void Remove(RootPin pin, Action<SpaceChanges> beforeFree)
    {
        var freed = new List<SpaceChanges>();
        lock (gate)
        {
            pins.Remove(pin);
            while (kept.TryPeek(out Kept oldest) && !NeedsLocked(oldest.Generation))
            {
                freed.Add(Dequeue());
            }
        }

        // Still used in the bitmaps, and in nobody's list: ours alone until they are released.
        foreach (SpaceChanges changes in freed)
        {
            beforeFree(changes);
            space.Release(changes);
        }
    }

    /// <summary>Ends every pin if that frees slots the volume needs; false when there is nothing to win.</summary>
    public bool TryLose()
    {
        lock (gate)
        {
            if (kept.Count == 0)
            {
                return false;
            }

            LoseLocked();
            return true;
        }
    }

    public void Lose()
    {
        lock (gate)
        {
            LoseLocked();
        }
    }

    /// <summary>A pin says that it is lost before any of its slots can be taken.</summary>
    private void LoseLocked()
    {
        pins.ForEach(pin => pin.Lose());
        pins.Clear();
        while (kept.Count > 0)
        {
            space.Release(Dequeue());
        }
    }

    private bool NeedsLocked(ulong generation) => pins.Exists(pin => pin.Root.Generation < generation);

    private SpaceChanges Dequeue()
    {
        SpaceChanges changes = kept.Dequeue().Changes;
        keptRuns -= changes.Runs.Length;
        KeptSlots -= changes.GivenUpSlots;
        return changes;
    }

    private readonly record struct Kept(ulong Generation, SpaceChanges Changes);
}
