namespace Tessera.Volumes.Namespace;

/// <summary>Names lately looked up, found and not found, with what they name. Bounded, least recently used out first, O(1), no allocation
/// once full.</summary>
/// <remarks>Filled and changed only by whoever holds the name's lock in <see cref="EntryLocks"/>, so it never disagrees with the store;
/// read by anybody.</remarks>
internal sealed class NameCache
{
    private const int StripeCount = 16;
    private readonly Stripe[] stripes = new Stripe[StripeCount];

    public NameCache(int capacity)
    {
        for (int i = 0; i < StripeCount; i++)
        {
            stripes[i] = new Stripe(Math.Max(1, capacity / StripeCount));
        }
    }

    /// <summary>Names held.</summary>
    public int Count => stripes.Sum(stripe => stripe.Count);

    /// <summary>Lookups that found their name here.</summary>
    public long Hits => stripes.Sum(stripe => stripe.Hits);

    public bool TryGet(in EntryName name, out FoundEntry found) => StripeOf(name).TryGet(name, out found);

    public void Set(in EntryName name, in FoundEntry found) => StripeOf(name).Set(name, found);

    /// <summary>Forgets the name: a commit about it ended in doubt.</summary>
    public void Remove(in EntryName name) => StripeOf(name).Remove(name);

    private Stripe StripeOf(in EntryName name) => stripes[(name.Position ^ name.Parent) % StripeCount];

    private sealed class Stripe(int capacity)
    {
        private const int None = -1;
        private readonly Lock sync = new();
        private readonly Dictionary<(ulong Parent, ulong Position), int> index = [];
        private Slot[] slots = [];
        private int used;
        private int oldest = None;
        private int newest = None;
        private int free = None;
        private long hits;

        public long Hits => Volatile.Read(ref hits);

        public int Count
        {
            get
            {
                lock (sync)
                {
                    return index.Count;
                }
            }
        }

        public bool TryGet(in EntryName name, out FoundEntry found)
        {
            lock (sync)
            {
                if (index.TryGetValue((name.Parent, name.Position), out int at) && slots[at].Holds(name))
                {
                    Unlink(at);
                    LinkNewest(at);
                    hits++;
                    found = slots[at].Found;
                    return true;
                }
            }

            found = default;
            return false;
        }

        public void Set(in EntryName name, in FoundEntry found)
        {
            lock (sync)
            {
                if (index.TryGetValue((name.Parent, name.Position), out int at))
                {
                    Unlink(at);
                }
                else
                {
                    at = TakeSlot();
                    index.Add((name.Parent, name.Position), at);
                }

                slots[at].Fill(name, found);
                LinkNewest(at);
            }
        }

        public void Remove(in EntryName name)
        {
            lock (sync)
            {
                if (index.TryGetValue((name.Parent, name.Position), out int at) && slots[at].Holds(name))
                {
                    index.Remove((name.Parent, name.Position));
                    Unlink(at);
                    slots[at].Next = free;
                    free = at;
                }
            }
        }

        private int TakeSlot()
        {
            if (free != None)
            {
                int at = free;
                free = slots[at].Next;
                return at;
            }

            if (used < capacity)
            {
                if (used == slots.Length)
                {
                    Array.Resize(ref slots, Math.Min(capacity, Math.Max(16, used * 2)));
                }

                return used++;
            }

            int victim = oldest;
            Unlink(victim);
            index.Remove((slots[victim].Parent, slots[victim].Position));
            return victim;
        }

        private void LinkNewest(int at)
        {
            slots[at].Previous = newest;
            slots[at].Next = None;
            if (newest == None)
            {
                oldest = at;
            }
            else
            {
                slots[newest].Next = at;
            }

            newest = at;
        }

        private void Unlink(int at)
        {
            ref Slot slot = ref slots[at];
            if (slot.Previous == None)
            {
                oldest = slot.Next;
            }
            else
            {
                slots[slot.Previous].Next = slot.Next;
            }

            if (slot.Next == None)
            {
                newest = slot.Previous;
            }
            else
            {
                slots[slot.Next].Previous = slot.Previous;
            }
        }
    }

    /// <summary>One name. Its bytes stay when the slot is used again, if the next name fits them.</summary>
    private struct Slot
    {
        public ulong Parent;
        public ulong Position;
        public FoundEntry Found;
        public int Previous;
        public int Next;
        private byte[]? name;
        private int nameLength;

        public readonly bool Holds(in EntryName entry) =>
            Parent == entry.Parent && Position == entry.Position && name.AsSpan(0, nameLength).SequenceEqual(entry.Bytes.Span);

        public void Fill(in EntryName entry, in FoundEntry found)
        {
            Parent = entry.Parent;
            Position = entry.Position;
            Found = found;
            nameLength = entry.Bytes.Length;
            if (name is null || name.Length < nameLength)
            {
                name = new byte[(nameLength + 15) & ~15];
            }

            entry.Bytes.Span.CopyTo(name);
        }
    }
}
