using System.IO.Enumeration;

namespace Tessera.Host.Sharing;

/// <summary>What a token allows whoever shows it.</summary>
/// <param name="Id">Names the token; it is no secret.</param>
/// <param name="Workspaces">The names it may use for what it shares: '*' and '?' as in a shell; empty: none.</param>
/// <param name="ReadOnly">What it shares is mounted read-only, whatever its client offers; what it mounts it may not change.</param>
/// <param name="Metrics">It may read the server's metrics from other hosts.</param>
/// <param name="Expires">Allows nothing from then on; null: never.</param>
internal sealed record Grant(string Id, string Workspaces, bool ReadOnly, bool Metrics, DateTimeOffset? Expires)
{
    /// <summary>The names of the exports that it may mount, as <paramref name="Workspaces"/>; empty: none.</summary>
    public string Mounts { get; init; } = string.Empty;

    public bool Covers(string workspace) => Matches(Workspaces, workspace);

    /// <summary>Whether it may mount an export of that name.</summary>
    public bool Mounting(string export) => Matches(Mounts, export);

    public bool IsExpired(DateTimeOffset now) => Expires <= now;

    private static bool Matches(string pattern, string name) => pattern.Length > 0 && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
