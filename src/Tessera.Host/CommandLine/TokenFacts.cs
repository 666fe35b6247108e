using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>One token, as "token list --json" prints it.</summary>
/// <param name="State">"valid", "expired", "revoked", or "enrolled": a certificate was made for it.</param>
internal sealed record TokenFacts(string Id, string State, string Workspaces, bool ReadOnly, bool Metrics, DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? Revoked, bool Enrols, string? Mounts)
{
    public static TokenFacts Of(TokenEntry entry, DateTimeOffset now) => new(
        entry.Id,
        entry.Revoked is not null ? "revoked" : entry.Key is not null ? "enrolled" : entry.ToGrant().IsExpired(now) ? "expired" : "valid",
        entry.Workspaces,
        entry.ReadOnly,
        entry.Metrics,
        entry.Created,
        entry.Expires,
        entry.Revoked,
        entry.Enrols,
        entry.Mounts);
}
