namespace Tessera.Host.Limiting;

/// <summary>The buckets that all sessions with one token share. They outlive the last of them until everything is paid for: ending a session and beginning another gains nothing.</summary>
/// <remarks>So there are at most as many as there are sessions, and those that ended lately.</remarks>
/// <param name="limits">The rates of each token.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenRates(RateLimits limits, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (RateBuckets Buckets, int Sessions)> tokens = new(StringComparer.Ordinal);

    /// <summary>Tokens of which something is kept.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return tokens.Count;
            }
        }
    }

    /// <summary>A session begins.</summary>
    /// <param name="token">The token's id.</param>
    /// <param name="over">Fires when it ends.</param>
    public RateBuckets Join(string token, CancellationToken over)
    {
        lock (gate)
        {
            foreach (string left in tokens.Where(entry => entry.Value is { Sessions: 0, Buckets.IsIdle: true }).Select(entry => entry.Key).ToArray())
            {
                tokens.Remove(left);
            }

            (RateBuckets? known, int sessions) = tokens.GetValueOrDefault(token);
            RateBuckets buckets = known ?? new RateBuckets(limits, time);
            tokens[token] = (buckets, sessions + 1);
            over.UnsafeRegister(_ => Leave(token), state: null);
            return buckets;
        }
    }

    private void Leave(string token)
    {
        lock (gate)
        {
            (RateBuckets buckets, int sessions) = tokens[token];
            tokens[token] = (buckets, sessions - 1);
        }
    }
}
