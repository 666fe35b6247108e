using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>One token, as "token list --json" prints it.</summary>
/// <param name="State">"valid", "expired" or "revoked".</param>
internal sealed record TokenFacts(string Id, string State, string Workspaces, bool ReadOnly, bool Metrics, DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? Revoked)
{
    public static TokenFacts Of(TokenEntry entry, DateTimeOffset now) => new(
        entry.Id,
        entry.Revoked is not null ? "revoked" : entry.ToGrant().IsExpired(now) ? "expired" : "valid",
        entry.Workspaces,
        entry.ReadOnly,
        entry.Metrics,
        entry.Created,
        entry.Expires,
        entry.Revoked);
}
