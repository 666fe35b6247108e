using Tessera.Content;

namespace Tessera.Volumes.Namespace;

/// <summary>Locks of directory entries, striped by parent and position. Taken before any inode's lock; two of them in the order of their
/// stripes.</summary>
internal sealed class EntryLocks
{
    private readonly AsyncReaderWriterLock?[] stripes = new AsyncReaderWriterLock?[VolumeLimits.EntryLockStripes];

    public ValueTask EnterAsync(in EntryName name) => StripeAt(IndexOf(name)).EnterExclusiveAsync();

    public void Exit(in EntryName name) => StripeAt(IndexOf(name)).ExitExclusive();

    /// <summary>Enters the locks of two names; one lock when they share it.</summary>
    public async ValueTask EnterAsync(EntryName first, EntryName second)
    {
        int low = Math.Min(IndexOf(first), IndexOf(second));
        int high = Math.Max(IndexOf(first), IndexOf(second));
        await StripeAt(low).EnterExclusiveAsync();
        if (high != low)
        {
            await StripeAt(high).EnterExclusiveAsync();
        }
    }

    public void Exit(in EntryName first, in EntryName second)
    {
        StripeAt(IndexOf(first)).ExitExclusive();
        if (IndexOf(first) != IndexOf(second))
        {
            StripeAt(IndexOf(second)).ExitExclusive();
        }
    }

    private static int IndexOf(in EntryName name)
    {
        ulong mixed = unchecked((name.Position ^ (name.Parent * 0x9E3779B97F4A7C15)) * 0xC2B2AE3D27D4EB4F);
        return (int)(mixed >> 32) & (VolumeLimits.EntryLockStripes - 1);
    }

    private AsyncReaderWriterLock StripeAt(int index)
    {
        AsyncReaderWriterLock? stripe = Volatile.Read(ref stripes[index]);
        if (stripe is not null)
        {
            return stripe;
        }

        AsyncReaderWriterLock made = new();
        return Interlocked.CompareExchange(ref stripes[index], made, null) ?? made;
    }
}
