using Tessera.Host.Auditing;
using Tessera.Host.Logging;
using Tessera.Server.Echoing;

namespace Tessera.Server;

/// <summary>Where it is kept what happens: numbers, events, and, where it was asked for, what was done; and who repeats what happens at clients.</summary>
internal sealed record ServerRecord(ServerMeters Meters, EventLog Log, SessionAudit? Audit, EchoHelper Echoes);
