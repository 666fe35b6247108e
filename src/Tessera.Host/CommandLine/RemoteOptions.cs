using System.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>The options of "mount" that say what is shown to a server, and which server it is.</summary>
internal sealed class RemoteOptions
{
    private readonly Option<string?> tokenFile = new("--token-file") { Description = "Of a server's export: the token that the server wants to see; without it the certificate from 'tessera enrol' is shown.", HelpName = "FILE" };
    private readonly Option<string?> certificate = EnrolVerb.ClientCertificate();
    private readonly Option<string?> fingerprint = new("--fingerprint") { Description = "Of a server's export: accept the one certificate of the server that has this, and no other.", HelpName = "SHA256" };

    private RemoteOptions()
    {
    }

    public static RemoteOptions AddTo(Command command)
    {
        var options = new RemoteOptions();
        command.Add(options.tokenFile);
        command.Add(options.certificate);
        command.Add(options.fingerprint);
        return options;
    }

    public MountOptions ApplyTo(MountOptions asked, ParseResult parsed) => asked with
    {
        TokenFile = parsed.GetValue(tokenFile) ?? asked.TokenFile,
        ClientCertificate = parsed.GetValue(certificate) ?? asked.ClientCertificate,
        Fingerprint = parsed.GetValue(fingerprint) ?? asked.Fingerprint,
    };
}
