using Tessera.Host.Metering;

namespace Tessera.Host.Statistics;

/// <summary>One call since the mount began. Times in microseconds, to the precision of the histogram: at most an eighth too high.</summary>
/// <param name="Name">As "lookup" or "read_directory".</param>
/// <param name="Count">Calls that have ended.</param>
/// <param name="Errors">Those that ended with an error, "not found" included.</param>
/// <param name="Bytes">Read or written; 0 for other calls.</param>
/// <param name="MeanUs">Mean.</param>
/// <param name="P50Us">Half were no slower.</param>
/// <param name="P95Us">95 of 100 were no slower.</param>
/// <param name="P99Us">99 of 100 were no slower.</param>
/// <param name="MaxUs">The slowest.</param>
internal sealed record CallReport(
    string Name, long Count, long Errors, long Bytes, double MeanUs, double P50Us, double P95Us, double P99Us, double MaxUs)
{
    /// <summary>The same over the last interval; null when there was none.</summary>
    public CallInterval? Interval { get; init; }

    public static CallReport Of(CallReading reading) => new(
        reading.Name,
        reading.Count,
        reading.Errors,
        reading.Bytes,
        reading.MeanUs,
        reading.QuantileUs(0.50),
        reading.QuantileUs(0.95),
        reading.QuantileUs(0.99),
        reading.QuantileUs(1.0));
}
