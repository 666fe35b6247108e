namespace Tessera.Server;

/// <summary>Which session of which workspace it is.</summary>
/// <param name="Workspace">The workspace's name, or the export's.</param>
/// <param name="Id">What names the session; no secret.</param>
/// <param name="Token">The id of what its client showed.</param>
/// <param name="Over">Fires when the session is over.</param>
internal sealed record SessionIdentity(string Workspace, string Id, string Token, CancellationToken Over);
