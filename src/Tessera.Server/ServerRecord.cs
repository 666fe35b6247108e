using Tessera.Host.Auditing;
using Tessera.Host.Logging;

namespace Tessera.Server;

/// <summary>Where it is kept what happens: numbers, events, and, where it was asked for, what was done.</summary>
internal sealed record ServerRecord(ServerMeters Meters, EventLog Log, SessionAudit? Audit);
