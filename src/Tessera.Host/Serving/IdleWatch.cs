namespace Tessera.Host.Serving;

/// <summary>Ends a mount that nobody has used for a time. Whether it is in use is the kernel's to say: it unmounts nothing in which a program has a file
/// open or its working directory.</summary>
internal sealed class IdleWatch : IDisposable
{
    /// <summary>Looks in an idle time: a mount goes at most this part of it late.</summary>
    private const int LooksPerTime = 4;

    private readonly TimeSpan idle;
    private readonly Func<long> countRequests;
    private readonly Func<bool> tryUnmount;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private readonly Lock sync = new();
    private long lastCount;
    private long lastUse;
    private bool ended;

    /// <param name="idle">Without a request for so long it is unmounted.</param>
    /// <param name="countRequests">Requests so far.</param>
    /// <param name="tryUnmount">Unmounts unless it is in use; false when it is. What it throws is its own to report.</param>
    /// <param name="clock">For tests.</param>
    public IdleWatch(TimeSpan idle, Func<long> countRequests, Func<bool> tryUnmount, TimeProvider clock)
    {
        this.idle = idle;
        this.countRequests = countRequests;
        this.tryUnmount = tryUnmount;
        this.clock = clock;
        lastCount = countRequests();
        lastUse = clock.GetTimestamp();
        timer = clock.CreateTimer(_ => Look(), state: null, idle / LooksPerTime, idle / LooksPerTime);
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        if (!sync.TryEnter())
        {
            return; // Unmounting takes longer than until the next look.
        }

        try
        {
            long count = countRequests();
            if (ended || count != lastCount)
            {
                (lastCount, lastUse) = (count, clock.GetTimestamp());
            }
            else if (clock.GetElapsedTime(lastUse) >= idle)
            {
                ended = tryUnmount();
                (lastCount, lastUse) = (countRequests(), clock.GetTimestamp());
            }
        }
        finally
        {
            sync.Exit();
        }
    }
}
