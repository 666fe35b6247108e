namespace Tessera.Wire.Importing;

/// <summary>Which inodes this end has changed, and when, counted in changes. A change is marked when it begins and once more when its answer has come: what the exporter
/// was asked before the second mark may have been answered before the change was done, and is not believed.</summary>
internal sealed class ChangeClock
{
    /// <summary>Inodes that are remembered one by one; with more, all that was asked before is too old.</summary>
    private const int MaxChanged = 16_384;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, long> changed = [];
    private long now;
    private long floor;
    private long unlinked;
    private long unnamed;

    /// <summary>The moment for what is asked now.</summary>
    public Moment Now
    {
        get
        {
            lock (gate)
            {
                return new Moment(now, Environment.TickCount64);
            }
        }
    }

    /// <summary>An inode changes, or has changed: its attributes, its content, or the names in it.</summary>
    /// <returns>The moment of the mark.</returns>
    public Moment Mark(ulong ino)
    {
        lock (gate)
        {
            return MarkHeld(ino);
        }
    }

    /// <summary>A change that began with that mark is done: marks it.</summary>
    /// <param name="ino">The inode.</param>
    /// <param name="begun">What the first mark returned.</param>
    /// <param name="done">What the exporter told together with the change is as good as if it had been asked for then.</param>
    /// <returns>No other change of the inode was marked since; else what was told may be from before that.</returns>
    public bool TryEnd(ulong ino, Moment begun, out Moment done)
    {
        lock (gate)
        {
            bool isOnly = floor <= begun.Change && changed.TryGetValue(ino, out long at) && at == begun.Change;
            done = MarkHeld(ino) with { Tick = begun.Tick };
            return isOnly;
        }
    }

    /// <summary>Anything may have changed.</summary>
    public void MarkAll()
    {
        lock (gate)
        {
            changed.Clear();
            floor = unlinked = unnamed = ++now;
        }
    }

    /// <summary>A name is taken from an inode, or moved. Those with several names may be it.</summary>
    /// <param name="ino">The inode; 0: which that is, only the exporter knows.</param>
    public void MarkUnlinked(ulong ino = 0)
    {
        lock (gate)
        {
            unlinked = ++now;
            if (ino != 0)
            {
                _ = MarkHeld(ino);
            }
            else
            {
                unnamed = now;
            }
        }
    }

    /// <summary>No name was taken since then of which it is not known whose it was: files with one name have theirs.</summary>
    public bool IsNamed(Moment since)
    {
        lock (gate)
        {
            return unnamed <= since.Change;
        }
    }

    /// <summary>What was asked then still holds, as far as this end is concerned.</summary>
    /// <param name="ino">What it was asked of.</param>
    /// <param name="since">When it was asked.</param>
    /// <param name="hasOtherNames">The inode has several names.</param>
    public bool IsUnchanged(ulong ino, Moment since, bool hasOtherNames = false)
    {
        lock (gate)
        {
            return floor <= since.Change && (!hasOtherNames || unlinked <= since.Change) && (!changed.TryGetValue(ino, out long at) || at <= since.Change);
        }
    }

    private Moment MarkHeld(ulong ino)
    {
        if (changed.Count >= MaxChanged)
        {
            changed.Clear();
            floor = now + 1;
        }

        changed[ino] = ++now;
        return new Moment(now, Environment.TickCount64);
    }
}
