using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>Why a server answers 401 to a certificate, or to none: the words of the answer's header (docs/protocol.md), and what they are to a user.</summary>
internal static class AdmissionReason
{
    public const string Header = "Tessera-Reason";

    /// <summary>It lets in only those who show a certificate of its making.</summary>
    public const string Required = "certificate-required";

    /// <summary>The certificate is of another's making.</summary>
    public const string Unknown = "certificate-unknown";

    public const string Expired = "certificate-expired";

    public const string Revoked = "certificate-revoked";

    public const string EnrolAdvice = "With a new token of the server's: tessera enrol wss://SERVER:PORT --token-file FILE";

    /// <param name="reason">The header; null: there is none.</param>
    /// <param name="file">Where the certificate is.</param>
    /// <param name="cause">How it was told.</param>
    public static CommandException OfCertificate(string? reason, string file, Exception? cause) => reason switch
    {
        Expired => new CommandException(ExitCode.Fault, $"The certificate in {file} has expired.", EnrolAdvice, cause),
        Revoked => new CommandException(ExitCode.Fault, $"The certificate in {file} was revoked.", EnrolAdvice, cause),
        Unknown => new CommandException(ExitCode.Fault, $"The server knows nothing of the certificate in {file}: it made another, or another server made it.", EnrolAdvice, cause),
        _ => new CommandException(ExitCode.Fault, "The server does not ask for certificates of clients.", "Name a token by --token-file; or start it with --client-certificates.", cause),
    };
}
