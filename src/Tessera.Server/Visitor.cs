using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>A client at the door whose token was accepted.</summary>
/// <param name="Workspace">The name under which it shares, or of the export that it mounts.</param>
/// <param name="Grant">What its token allows.</param>
/// <param name="Client">Its address.</param>
internal sealed record Visitor(string Workspace, Grant Grant, string? Client);
