using Tessera.Host.Metering;

namespace Tessera.Host.Statistics;

/// <summary>One call over an interval; the fields mean what they mean in <see cref="CallReport"/>.</summary>
/// <param name="PerSecond">Calls a second.</param>
/// <param name="BytesPerSecond">Bytes read or written a second.</param>
/// <param name="Count">Calls that ended in the interval.</param>
/// <param name="Errors">Those with an error.</param>
/// <param name="Bytes">Read or written in the interval.</param>
/// <param name="MeanUs">Mean.</param>
/// <param name="P50Us">Half were no slower.</param>
/// <param name="P95Us">95 of 100 were no slower.</param>
/// <param name="P99Us">99 of 100 were no slower.</param>
/// <param name="MaxUs">The slowest of the interval.</param>
internal sealed record CallInterval(
    double PerSecond, double BytesPerSecond, long Count, long Errors, long Bytes, double MeanUs, double P50Us, double P95Us, double P99Us, double MaxUs)
{
    public static CallInterval Of(CallReading change, double seconds) => new(
        change.Count / seconds,
        change.Bytes / seconds,
        change.Count,
        change.Errors,
        change.Bytes,
        change.MeanUs,
        change.QuantileUs(0.50),
        change.QuantileUs(0.95),
        change.QuantileUs(0.99),
        change.QuantileUs(1.0));
}
