using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>The options that say with which certificate a server speaks TLS, if at all.</summary>
internal sealed class TlsOptions
{
    private const string Accept = "accept";
    private const string Require = "require";
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(3650);

    private readonly Option<string?> certificate = new("--certificate") { Description = "Speak TLS, with this certificate and those after it that vouch for it (PEM).", HelpName = "FILE" };
    private readonly Option<string?> key = new("--key") { Description = "The certificate's private key (PEM, unencrypted).", HelpName = "FILE" };
    private readonly Option<bool> selfSigned = new("--self-signed") { Description = "Speak TLS, with a certificate that is made once and kept; clients name it by --fingerprint." };

    private readonly Option<string?> clientCertificates = new("--client-certificates") { Description = "Clients that have enrolled need no token (accept), or only they share (require).", HelpName = "accept|require" };
    private readonly Option<string?> clientLifetime = new("--client-lifetime") { Description = "How long a client's certificate is good, until it is renewed (default 90d).", HelpName = "TIME" };

    private TlsOptions()
    {
    }

    public static TlsOptions AddTo(Command command)
    {
        var options = new TlsOptions();
        command.Add(options.certificate);
        command.Add(options.key);
        command.Add(options.selfSigned);
        options.clientCertificates.AcceptOnlyFromAmong(Accept, Require);
        command.Add(options.clientCertificates);
        command.Add(options.clientLifetime);
        return options;
    }

    /// <exception cref="CommandException">They contradict each other, or one lacks another.</exception>
    public ServeOptions ApplyTo(ServeOptions options, ParseResult parsed)
    {
        string? certificateFile = parsed.GetValue(certificate);
        string? keyFile = parsed.GetValue(key);
        bool own = parsed.GetValue(selfSigned);
        if ((certificateFile is null) != (keyFile is null))
        {
            throw new CommandException(ExitCode.Usage, "--certificate and --key belong together.", "Where both are in one file, name it twice.");
        }

        if (own && certificateFile is not null)
        {
            throw new CommandException(ExitCode.Usage, "--self-signed and --certificate exclude each other.");
        }

        ClientCertificateUse clients = parsed.GetValue(clientCertificates) switch
        {
            Accept => ClientCertificateUse.Accept,
            Require => ClientCertificateUse.Require,
            _ => ClientCertificateUse.None,
        };
        if (clients != ClientCertificateUse.None && (options.Tokens is null || (certificateFile is null && !own)))
        {
            throw new CommandException(ExitCode.Usage, "--client-certificates needs TLS, and --tokens: the file of tokens says who may enrol, and who has.");
        }

        return options with
        {
            SelfSigned = own,
            Certificate = certificateFile is null ? null : new CertificateFiles(certificateFile, keyFile!),
            ClientCertificates = clients,
            ClientLifetime = parsed.GetValue(clientLifetime) is { } text ? Duration.Parse(text, LongestLifetime) : DefaultLifetime,
        };
    }
}
