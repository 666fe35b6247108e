using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>The options that say with which certificate a server speaks TLS, if at all.</summary>
internal sealed class TlsOptions
{
    private readonly Option<string?> certificate = new("--certificate") { Description = "Speak TLS, with this certificate and those after it that vouch for it (PEM).", HelpName = "FILE" };
    private readonly Option<string?> key = new("--key") { Description = "The certificate's private key (PEM, unencrypted).", HelpName = "FILE" };
    private readonly Option<bool> selfSigned = new("--self-signed") { Description = "Speak TLS, with a certificate that is made once and kept; clients name it by --fingerprint." };

    private TlsOptions()
    {
    }

    public static TlsOptions AddTo(Command command)
    {
        var options = new TlsOptions();
        command.Add(options.certificate);
        command.Add(options.key);
        command.Add(options.selfSigned);
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

        return options with { SelfSigned = own, Certificate = certificateFile is null ? null : new CertificateFiles(certificateFile, keyFile!) };
    }
}
