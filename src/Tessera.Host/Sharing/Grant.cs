using System.IO.Enumeration;

namespace Tessera.Host.Sharing;

/// <summary>What a token allows whoever shows it.</summary>
/// <param name="Id">Names the token; it is no secret.</param>
/// <param name="Workspaces">The names it may use: '*' and '?' as in a shell.</param>
/// <param name="ReadOnly">What it shares is mounted read-only, whatever its client offers.</param>
/// <param name="Metrics">It may read the server's metrics from other hosts.</param>
/// <param name="Expires">Allows nothing from then on; null: never.</param>
internal sealed record Grant(string Id, string Workspaces, bool ReadOnly, bool Metrics, DateTimeOffset? Expires)
{
    public bool Covers(string workspace) => FileSystemName.MatchesSimpleExpression(Workspaces, workspace, ignoreCase: false);

    public bool IsExpired(DateTimeOffset now) => Expires <= now;
}
