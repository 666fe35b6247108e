using Tessera.Host.Logging;

namespace Tessera.Server;

/// <summary>Where it is kept what happens: numbers, and events.</summary>
internal sealed record ServerRecord(ServerMeters Meters, EventLog Log);
