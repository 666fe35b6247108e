namespace Tessera.Host.Limiting;

/// <summary>A rate that may be exceeded for a moment: a token bucket that holds one second's worth, as a virtual clock (the generic cell rate algorithm, ITU-T I.371).</summary>
/// <remarks>Whoever comes is told at once when its turn is, after all who came before, whatever it asks for: the order is that of arrival, and what is larger than the
/// bucket waits until it has been paid for, and no longer.</remarks>
internal sealed class TokenBucket(long perSecond, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly long burst = time.TimestampFrequency;
    private readonly double ticksPerToken = (double)time.TimestampFrequency / perSecond;

    /// <summary>The moment at which all that was taken has been paid for.</summary>
    private double paid = time.GetTimestamp();

    /// <summary>All that was taken has been paid for.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return paid <= time.GetTimestamp();
            }
        }
    }

    /// <summary>Takes so many tokens.</summary>
    /// <returns>How long to wait before using them.</returns>
    public TimeSpan Take(long tokens)
    {
        long now = time.GetTimestamp();
        lock (gate)
        {
            paid = Math.Max(paid, now) + (tokens * ticksPerToken);
            double wait = paid - burst - now;
            return wait <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(wait / time.TimestampFrequency);
        }
    }

    /// <summary>Gives back what was taken and not used.</summary>
    public void Return(long tokens)
    {
        lock (gate)
        {
            paid -= tokens * ticksPerToken;
        }
    }
}
