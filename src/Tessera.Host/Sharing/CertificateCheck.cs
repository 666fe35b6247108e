using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>Whether a server is the one that was meant, looked at before the token is sent to it.</summary>
/// <param name="expected">The one certificate that is; null: any that this system trusts for the server's name.</param>
internal sealed class CertificateCheck(CertificateFingerprint? expected)
{
    /// <summary>What is told when it is not.</summary>
    public CommandException? Refusal { get; private set; }

    /// <remarks>A certificate that was named is accepted for itself: neither its name, nor its dates, nor who signed it say more than that it is the one.</remarks>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = certificate is null ? new CommandException(ExitCode.Untrusted, "The server shows no certificate.")
            : expected is null ? TrustedBySystem(certificate, errors)
            : AsExpected(CertificateFingerprint.Of(certificate));
        return Refusal is null;
    }

    private CommandException? AsExpected(CertificateFingerprint shown) => expected!.Matches(shown)
        ? null
        : new CommandException(
            ExitCode.Untrusted,
            $"The server's certificate is not the one with that fingerprint; it has {shown}.",
            "Either the server has a new certificate, or something else answers in its place. Nothing was sent to it.");

    private static CommandException? TrustedBySystem(X509Certificate certificate, SslPolicyErrors errors) => errors == SslPolicyErrors.None
        ? null
        : new CommandException(
            ExitCode.Untrusted,
            errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? "The server's certificate is for another name than that in the URL."
                : "The server's certificate is not one that this system trusts.",
            $"If the server says that its fingerprint is the following, add: --fingerprint {CertificateFingerprint.Of(certificate)}");
}
