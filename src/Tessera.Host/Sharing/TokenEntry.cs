namespace Tessera.Host.Sharing;

/// <summary>A line of the file of tokens. The token itself is nowhere but with its client.</summary>
/// <param name="Id">Names it, in lists and logs.</param>
/// <param name="Sha256">Of the token's text, hexadecimal.</param>
/// <param name="Workspaces">The names it may use for what it shares: '*' and '?' as in a shell; empty: none.</param>
/// <param name="Created">When.</param>
internal sealed record TokenEntry(string Id, string Sha256, string Workspaces, DateTimeOffset Created)
{
    /// <summary>The names of the exports that it may mount; null: none.</summary>
    public string? Mounts { get; init; }

    public bool ReadOnly { get; init; }

    public bool Metrics { get; init; }

    public DateTimeOffset? Expires { get; init; }

    /// <summary>When it was; null: it was not.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>It is no token to share with, but one to get a certificate for, once.</summary>
    public bool Enrols { get; init; }

    /// <summary>The SHA-256, hexadecimal, of the public key (SubjectPublicKeyInfo, RFC 5280) whose certificates stand for this entry; null: none yet.</summary>
    public string? Key { get; init; }

    public Grant ToGrant() => new(Id, Workspaces, ReadOnly, Metrics, Expires) { Mounts = Mounts ?? string.Empty };
}
