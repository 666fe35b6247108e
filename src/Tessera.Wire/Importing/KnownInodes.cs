namespace Tessera.Wire.Importing;

/// <summary>How often the exporter told of each inode, and who still needs it here: the door, or listings that are kept. What nobody needs is given back.</summary>
internal sealed class KnownInodes
{
    /// <summary>What nobody needs is kept until so many more are not needed: the door may be about to be told of one again.</summary>
    private const int MaxFading = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, KnownInode> known = [];
    private readonly Queue<ulong> fading = new();
    private readonly Queue<(ulong Ino, uint Times)> forgotten = new();

    public int Count
    {
        get
        {
            lock (gate)
            {
                return known.Count;
            }
        }
    }

    public ulong[] All()
    {
        lock (gate)
        {
            return [.. known.Keys];
        }
    }

    /// <summary>The exporter told of an inode that an operation of the door asked for: the door holds it from now on.</summary>
    public void Told(ulong ino)
    {
        lock (gate)
        {
            KnownInode inode = known.GetValueOrDefault(ino);
            known[ino] = inode with { Told = inode.Told + 1, IsHeld = true };
        }
    }

    /// <summary>The exporter told of an inode in a listing, which is kept.</summary>
    public void ToldPinned(ulong ino)
    {
        lock (gate)
        {
            KnownInode inode = known.GetValueOrDefault(ino);
            known[ino] = inode with { Told = inode.Told + 1, Pins = inode.Pins + 1 };
        }
    }

    /// <summary>An entry of a listing goes to the door; false: it held that inode already.</summary>
    public bool Hold(ulong ino)
    {
        lock (gate)
        {
            bool isNew = known.TryGetValue(ino, out KnownInode inode) && !inode.IsHeld;
            if (isNew)
            {
                known[ino] = inode with { IsHeld = true };
            }

            return isNew;
        }
    }

    /// <summary>A listing that had it is dropped.</summary>
    public void Unpin(ulong ino)
    {
        lock (gate)
        {
            if (known.TryGetValue(ino, out KnownInode inode))
            {
                known[ino] = inode with { Pins = inode.Pins - 1 };
                FadeIfUnneeded(ino);
            }
        }
    }

    /// <summary>The door holds it no more.</summary>
    public void Release(ulong ino)
    {
        lock (gate)
        {
            if (known.TryGetValue(ino, out KnownInode inode))
            {
                known[ino] = inode with { IsHeld = false };
                FadeIfUnneeded(ino);
            }
        }
    }

    /// <summary>Inodes to be given back to the exporter, with how often it told of them: none until there are <paramref name="least"/>.</summary>
    public (ulong Ino, uint Times)[] TakeForgotten(int least, int most)
    {
        lock (gate)
        {
            if (forgotten.Count < least)
            {
                return [];
            }

            var taken = new (ulong, uint)[Math.Min(most, forgotten.Count)];
            for (int i = 0; i < taken.Length; i++)
            {
                taken[i] = forgotten.Dequeue();
            }

            return taken;
        }
    }

    private void FadeIfUnneeded(ulong ino)
    {
        if (!known[ino].IsNeeded)
        {
            fading.Enqueue(ino);
        }

        while (fading.Count > MaxFading)
        {
            ulong oldest = fading.Dequeue();
            if (known.TryGetValue(oldest, out KnownInode inode) && !inode.IsNeeded)
            {
                known.Remove(oldest);
                forgotten.Enqueue((oldest, inode.Told));
            }
        }
    }
}
