namespace Tessera.Content;

/// <summary>Locks of shared blocks, striped by address: extents of several files name such a block, so no inode's lock guards its record.</summary>
/// <remarks>Innermost of all: who holds some waits for a commit and for nothing else. A set of stripes is entered in ascending order.</remarks>
public sealed class BlockLocks
{
    /// <summary>Two unrelated blocks wait for each other once in so many times; a set of stripes is the bits of one word.</summary>
    private const int Stripes = 64;
    private readonly AsyncReaderWriterLock[] locks = [.. Enumerable.Range(0, Stripes).Select(_ => new AsyncReaderWriterLock())];

    /// <summary>The stripe of a block's address, as a set.</summary>
    public static ulong StripeOf(ulong address) => 1UL << (int)((address * 0x9E37_79B9_7F4A_7C15) >> 58);

    public async ValueTask EnterAsync(ulong stripes)
    {
        for (int i = 0; i < Stripes; i++)
        {
            if ((stripes & (1UL << i)) != 0)
            {
                await locks[i].EnterExclusiveAsync();
            }
        }
    }

    public void Exit(ulong stripes)
    {
        for (int i = Stripes - 1; i >= 0; i--)
        {
            if ((stripes & (1UL << i)) != 0)
            {
                locks[i].ExitExclusive();
            }
        }
    }
}
