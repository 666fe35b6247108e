namespace Tessera.Container.Space;

/// <summary>
/// Finds what a root gave up and the log claims again. That happens when a newer root was damaged: slots the older root gave up were free by then, and
/// commits in the log have blocks in them. Such slots must not be settled as free. Only while opening.
/// </summary>
internal sealed class GivenUpSlots
{
    private readonly HashSet<ulong> slots = [];
    private readonly HashSet<ulong> claimed = [];

    public GivenUpSlots(SpaceChanges changes)
    {
        foreach (SpaceChange change in changes.Runs)
        {
            for (int i = 0; !change.Taken && i < change.Slots; i++)
            {
                slots.Add(change.Address + (ulong)i);
            }
        }
    }

    public void Claim(ulong address, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (slots.Contains(address + (ulong)i))
            {
                claimed.Add(address + (ulong)i);
            }
        }
    }

    /// <summary>The changes without the slots that were claimed again: bitmaps tell that those are used, and go on telling so.</summary>
    public SpaceChanges WithoutClaimed(SpaceChanges changes)
    {
        if (claimed.Count == 0)
        {
            return changes;
        }

        var kept = new SpaceChanges();
        foreach (SpaceChange change in changes.Runs)
        {
            for (int i = 0; i < change.Slots; i++)
            {
                ulong slot = change.Address + (ulong)i;
                if (change.Taken)
                {
                    kept.Take(slot, 1);
                }
                else if (!claimed.Contains(slot))
                {
                    kept.GiveUp(slot, 1);
                }
            }
        }

        return kept;
    }
}
