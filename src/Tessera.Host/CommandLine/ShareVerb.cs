using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera share: lets a server mount a directory of this host, for as long as the command runs.</summary>
internal static class ShareVerb
{
    /// <param name="share">Does it: in this process, or by another program.</param>
    public static Command Create(Func<ShareOptions, Task<ExitCode>> share)
    {
        Argument<string> directory = new("DIRECTORY") { Description = "The directory to share; nothing outside it is reached." };
        Argument<string> url = new("URL") { Description = "Where to: wss://ADDRESS:PORT/workspaces/NAME; ws:// on loopback. Several addresses of one server have commas between them." };
        Option<string?> tokenFile = new("--token-file") { Description = "The token that the server wants to see; without it the certificate from 'tessera enrol' is shown.", HelpName = "FILE" };
        Option<string?> certificate = EnrolVerb.ClientCertificate();
        Option<bool> readOnly = new("--read-only", "-r") { Description = "The server may change nothing." };
        Option<string?> fingerprint = new("--fingerprint") { Description = "Accept the one certificate that has this, and no other.", HelpName = "SHA256" };
        var command = new Command("share", "Let a server mount a directory of this host, until this command ends.") { directory, url, tokenFile, certificate, readOnly, fingerprint };
        TracingOptions tracing = TracingOptions.AddTo(command, begins: false);
        command.SetAction(async (parsed, _) => (int)await share(new ShareOptions(
            parsed.GetRequiredValue(directory), parsed.GetRequiredValue(url), parsed.GetValue(tokenFile), parsed.GetValue(readOnly),
            parsed.GetValue(fingerprint) is { } text ? CertificateFingerprint.Parse(text) : null)
        {
            ClientCertificate = parsed.GetValue(certificate),
            Tracing = tracing.Read(parsed),
        }));
        return command;
    }
}
