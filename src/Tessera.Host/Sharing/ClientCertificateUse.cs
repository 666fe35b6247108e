namespace Tessera.Host.Sharing;

/// <summary>What certificates of clients are to a server.</summary>
internal enum ClientCertificateUse
{
    /// <summary>It asks for none.</summary>
    None,

    /// <summary>Who shows one of its own needs no token.</summary>
    Accept,

    /// <summary>Who shows none of its own shares nothing.</summary>
    Require,
}
