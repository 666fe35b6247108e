namespace Tessera.Host.Metering;

/// <summary>What happened to one operation since the mount began. Times in microseconds.</summary>
/// <param name="Name">As "lookup" or "read_directory".</param>
/// <param name="Count">Calls that have ended.</param>
/// <param name="Errors">Those that ended with an error, "not found" included.</param>
/// <param name="Bytes">Read or written; 0 for other operations.</param>
/// <param name="MeanUs">Mean.</param>
/// <param name="P50Us">Half were faster.</param>
/// <param name="P99Us">99 of 100 were faster.</param>
/// <param name="MaxUs">The slowest, to the precision of the histogram.</param>
internal sealed record OperationFigures(
    string Name, long Count, long Errors, long Bytes, double MeanUs, double P50Us, double P99Us, double MaxUs);
