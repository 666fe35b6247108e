using Tessera.Host.Limiting;

namespace Tessera.Host.Sharing;

/// <summary>What "tessera serve" was asked.</summary>
/// <param name="Listen">ADDRESS:PORT; port 0: any that is free.</param>
/// <param name="TokenFile">Holds a token that allows everything; null: there is none.</param>
/// <param name="Tokens">Says which other tokens allow what; null: none.</param>
/// <param name="Workspaces">The directory in which each share is mounted; null: nobody may share.</param>
/// <param name="Grace">How long a workspace outlives its client's connection.</param>
internal sealed record ServeOptions(string Listen, string? TokenFile, string? Tokens, string? Workspaces, TimeSpan Grace)
{
    /// <summary>What clients may mount.</summary>
    public IReadOnlyList<ExportOptions> Exports { get; init; } = [];

    /// <summary>Speak TLS with this certificate.</summary>
    public CertificateFiles? Certificate { get; init; }

    /// <summary>Speak TLS with a certificate of its own making.</summary>
    public bool SelfSigned { get; init; }

    /// <summary>What certificates of clients are to it.</summary>
    public ClientCertificateUse ClientCertificates { get; init; }

    /// <summary>How long a certificate is good that it makes for a client.</summary>
    public TimeSpan ClientLifetime { get; init; }

    /// <summary>How long a client that is connected may take for an answer.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>Write what is done into this file; null: nowhere.</summary>
    public string? Audit { get; init; }

    /// <summary>What programs may do in the workspaces, by path; null: everything.</summary>
    public string? Policy { get; init; }

    /// <summary>How much each session may ask for.</summary>
    public RateLimits Limits { get; init; } = RateLimits.None;

    /// <summary>How much all sessions with one token may ask for together.</summary>
    public RateLimits TokenLimits { get; init; } = RateLimits.None;

    /// <summary>Where traces go; null: there are none.</summary>
    public TraceTarget? Tracing { get; init; }

    public bool IsEncrypted => SelfSigned || Certificate is not null;
}
