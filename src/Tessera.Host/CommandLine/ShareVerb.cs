using System.CommandLine;
using Tessera.Host.Sharing;
using Tessera.Wire.Exporting;

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
        Option<string[]> exclude = new("--exclude") { Description = "Do not show what has such a name, with all beneath: 'node_modules', '*.key'; '/build' at the top alone. May be given again.", HelpName = "PATTERN" };
        Option<string[]> include = new("--include") { Description = "Show this, although it is excluded. May be given again.", HelpName = "PATTERN" };
        var command = new Command("share", "Let a server mount a directory of this host, until this command ends.") { directory, url, tokenFile, certificate, readOnly, exclude, include, fingerprint };
        TracingOptions tracing = TracingOptions.AddTo(command, begins: false);
        command.SetAction(async (parsed, _) => (int)await share(new ShareOptions(
            parsed.GetRequiredValue(directory), parsed.GetRequiredValue(url), parsed.GetValue(tokenFile), parsed.GetValue(readOnly),
            parsed.GetValue(fingerprint) is { } text ? CertificateFingerprint.Parse(text) : null)
        {
            ClientCertificate = parsed.GetValue(certificate),
            Hidden = HiddenOf(parsed.GetValue(exclude) ?? [], parsed.GetValue(include) ?? []),
            Tracing = tracing.Read(parsed),
        }));
        return command;
    }

    private static HiddenNames? HiddenOf(string[] excluded, string[] included)
    {
        if (excluded.Length == 0 && included.Length > 0)
        {
            throw new CommandException(ExitCode.Usage, "--include says what of --exclude is shown all the same, and nothing is excluded.", "To show nothing else, add --exclude '*'; directories on the way have to be included, too.");
        }

        try
        {
            return excluded.Length == 0 ? null : new HiddenNames(excluded, included);
        }
        catch (FormatException fault)
        {
            throw new CommandException(ExitCode.Usage, fault.Message);
        }
    }
}
