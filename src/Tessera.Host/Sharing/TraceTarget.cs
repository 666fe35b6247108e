namespace Tessera.Host.Sharing;

/// <summary>That spans are recorded, and where they go.</summary>
/// <param name="Collector">The base URL of a collector that takes OTLP over HTTP; null: the variables of OpenTelemetry say.</param>
/// <param name="Ratio">The share of operations that are traced, 0 to 1. Clients trace what the server does.</param>
internal sealed record TraceTarget(Uri? Collector, double Ratio);
