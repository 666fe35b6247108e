using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera enrol: a certificate for this client, from a server that asks for one.</summary>
internal static class EnrolVerb
{
    public static Command Create()
    {
        Argument<string> url = new("URL") { Description = "The server: wss://ADDRESS:PORT." };
        Option<string?> tokenFile = new("--token-file") { Description = "A token for one enrolment. Without it the certificate there is, is renewed.", HelpName = "FILE" };
        Option<string?> certificate = ClientCertificate();
        Option<string?> fingerprint = new("--fingerprint") { Description = "Accept the one certificate of the server that has this, and no other.", HelpName = "SHA256" };
        var command = new Command("enrol", "Get a certificate to share with, for a key that is made here and stays here; or renew it.") { url, tokenFile, certificate, fingerprint };
        command.SetAction(async (parsed, cancellation) => (int)await Enroller.RunAsync(
            new EnrolOptions(
                parsed.GetRequiredValue(url), parsed.GetValue(tokenFile), parsed.GetValue(certificate),
                parsed.GetValue(fingerprint) is { } text ? CertificateFingerprint.Parse(text) : null),
            cancellation));
        return command;
    }

    public static Option<string?> ClientCertificate() => new("--client-certificate") { Description = "Where this client's certificate and key are (default: kept for each server).", HelpName = "FILE" };
}
