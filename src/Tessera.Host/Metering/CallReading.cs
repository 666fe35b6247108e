using System.Text.Json.Serialization;

namespace Tessera.Host.Metering;

/// <summary>What the daemon has counted of one call since the mount began: sums only, so that whoever keeps an earlier reading knows what happened since.</summary>
/// <param name="Name">As "lookup" or "read_directory".</param>
/// <param name="Errors">Calls that ended with an error, "not found" included.</param>
/// <param name="Bytes">Read or written; 0 for other calls.</param>
/// <param name="Nanoseconds">The time of all calls together.</param>
internal sealed record CallReading(string Name, long Errors, long Bytes, long Nanoseconds)
{
    /// <summary>How many calls took as long as each of the <see cref="LatencyBuckets"/> says; zeros at the end are left out.</summary>
    public required IReadOnlyList<long> Buckets { get; init; }

    /// <summary>Calls that have ended.</summary>
    [JsonIgnore]
    public long Count => Buckets.Sum();

    /// <summary>Mean latency, µs; 0 without calls.</summary>
    [JsonIgnore]
    public double MeanUs => Count == 0 ? 0 : Nanoseconds / 1000.0 / Count;

    /// <summary>What happened between an earlier reading of the same call and this one; all of it when there is none.</summary>
    public CallReading Since(CallReading? earlier) => earlier is null
        ? this
        : new CallReading(Name, Errors - earlier.Errors, Bytes - earlier.Bytes, Nanoseconds - earlier.Nanoseconds)
        {
            Buckets = [.. Buckets.Select((count, i) => i < earlier.Buckets.Count ? count - earlier.Buckets[i] : count)],
        };

    /// <summary>The latency that a share of the calls did not exceed, µs; 0 without calls.</summary>
    public double QuantileUs(double share)
    {
        long rank = (long)Math.Ceiling(Count * share);
        for (int i = 0; i < Buckets.Count && rank > 0; i++)
        {
            rank -= Buckets[i];
            if (rank <= 0)
            {
                return LatencyBuckets.UpperBound(i) / 1000.0;
            }
        }

        return 0;
    }
}
