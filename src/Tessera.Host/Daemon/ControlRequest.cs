namespace Tessera.Host.Daemon;

/// <summary>What a client asks of a daemon: one line of JSON, one request for each connection.</summary>
/// <param name="Operation">"info", "stats", "backup", ….</param>
/// <param name="Argument">What the operation works on, such as a destination; null when it needs nothing.</param>
internal sealed record ControlRequest(string Operation, string? Argument = null);
