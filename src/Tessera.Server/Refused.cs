namespace Tessera.Server;

/// <summary>Why a client was sent away, as the metrics count it.</summary>
internal enum Refused
{
    /// <summary>It asked for what is not served here.</summary>
    Path,

    /// <summary>It showed no token, or one that is not accepted.</summary>
    Token,

    /// <summary>It showed a certificate that is not accepted, or none where one is wanted.</summary>
    Certificate,

    /// <summary>It wanted a certificate, and may have none.</summary>
    Enrolment,

    /// <summary>Its token is for workspaces, or exports, of other names.</summary>
    Scope,

    /// <summary>It did not speak WebSocket.</summary>
    Upgrade,

    /// <summary>It broke the protocol in its first frame.</summary>
    Protocol,

    /// <summary>No version that both speak.</summary>
    Version,

    /// <summary>Its session is over.</summary>
    UnknownSession,

    /// <summary>Another client is connected under that name.</summary>
    Busy,

    /// <summary>As many workspaces as are served, or the server ends.</summary>
    Full,
}
