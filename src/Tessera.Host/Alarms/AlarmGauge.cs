namespace Tessera.Host.Alarms;

/// <summary>Counts what was done within the last time of a rate, and says when it is more than that.</summary>
/// <param name="rate">The rate.</param>
/// <param name="time">The clock.</param>
internal sealed class AlarmGauge(AlarmRate rate, TimeProvider time)
{
    /// <summary>Parts of the window: what was counted leaves it a part at a time.</summary>
    private const int Parts = 12;

    /// <summary>Nobody waits longer for a turn, however slow the rate: a mount that is to be closed waits for those who do.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly long[] counts = new long[Parts];
    private readonly long ticksPerPart = Math.Max(1, (long)(rate.Window.TotalSeconds * time.TimestampFrequency / Parts));
    private readonly double ticksPerUnit = rate.Window.TotalSeconds * time.TimestampFrequency / rate.Units;
    private long part = time.GetTimestamp() / Math.Max(1, (long)(rate.Window.TotalSeconds * time.TimestampFrequency / Parts));
    private double turn;
    private long sum;
    private bool isRaised;

    public AlarmRate Rate => rate;

    /// <summary>Counts.</summary>
    /// <param name="units">So much is done.</param>
    /// <param name="wait">Until when it would have had to wait for its turn; zero while the rate is kept to.</param>
    /// <returns>True: the rate is exceeded, for the first time since half of it was kept to.</returns>
    public bool Add(long units, out TimeSpan wait)
    {
        long now = time.GetTimestamp();
        lock (gate)
        {
            Advance(now / ticksPerPart);
            counts[part % Parts] += units;
            sum += units;
            bool isOver = sum > rate.Units;
            bool isNew = isOver && !isRaised;
            isRaised |= isOver;
            turn = isOver ? Math.Max(turn, now) + (units * ticksPerUnit) : now;
            var owed = TimeSpan.FromSeconds((turn - now) / time.TimestampFrequency);
            wait = owed < LongestTurn ? owed : LongestTurn;
            return isNew;
        }
    }

    private void Advance(long now)
    {
        for (int passed = 0; part < now && passed < Parts; passed++)
        {
            part++;
            sum -= counts[part % Parts];
            counts[part % Parts] = 0;
        }

        part = Math.Max(part, now);
        isRaised &= sum > rate.Units / 2;
    }
}
