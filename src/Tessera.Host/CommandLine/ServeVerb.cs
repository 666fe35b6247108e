using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera serve: takes directories that others share, and mounts each; and lets others mount what is here.</summary>
internal static class ServeVerb
{
    private const double DefaultGraceSeconds = 30;
    private const double MaxGraceSeconds = 86_400;
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxDeadline = TimeSpan.FromDays(1);

    /// <param name="serve">Does it: in this process, or by another program.</param>
    public static Command Create(Func<ServeOptions, CancellationToken, Task<ExitCode>> serve)
    {
        Option<string> listen = new("--listen") { Description = "Where to listen (default 127.0.0.1:7400); elsewhere than on loopback with TLS only.", HelpName = "ADDRESS:PORT" };
        Option<string?> tokenFile = new("--token-file") { Description = "A token that allows everything.", HelpName = "FILE" };
        Option<string?> tokens = new("--tokens") { Description = "The tokens that 'tessera token' makes, each with what it allows.", HelpName = "FILE" };
        Option<string?> workspaces = new("--workspaces") { Description = "The directory in which each share is mounted, by its name.", HelpName = "DIRECTORY" };
        Option<string[]> exports = new("--export") { Description = "A volume, or dir:DIRECTORY, that clients may mount: NAME=PATH[,ro][,passphrase_file=FILE]… (repeatable).", HelpName = "NAME=PATH" };
        Option<double?> grace = new("--grace") { Description = "How long a mount waits for a client that lost its connection (default 30).", HelpName = "SECONDS" };
        Option<string?> deadline = new("--deadline") { Description = "How long a client that is connected may take for an answer (default 60s).", HelpName = "TIME" };
        var command = new Command("serve", "Take directories that others share, and mount each; and let others mount what is here.") { listen, tokenFile, tokens, workspaces, exports, grace, deadline };
        TlsOptions tls = TlsOptions.AddTo(command);
        MiddlewareOptions middleware = MiddlewareOptions.AddTo(command);
        TracingOptions tracing = TracingOptions.AddTo(command, begins: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            double seconds = parsed.GetValue(grace) ?? DefaultGraceSeconds;
            if (seconds is not (>= 0 and <= MaxGraceSeconds))
            {
                throw new CommandException(ExitCode.Usage, $"--grace takes 0 to {MaxGraceSeconds:0} seconds.");
            }

            if (parsed.GetValue(tokenFile) is null && parsed.GetValue(tokens) is null)
            {
                throw new CommandException(ExitCode.Usage, "Nobody could come in: neither --token-file nor --tokens says with which token.");
            }

            ExportOptions[] exported = [.. (parsed.GetValue(exports) ?? []).Select(ExportOptions.Parse)];
            if (exported.Length == 0 && parsed.GetValue(workspaces) is null)
            {
                throw new CommandException(ExitCode.Usage, "There is nothing to serve.", "Say where shares are mounted, --workspaces DIRECTORY, or what others may mount, --export NAME=PATH.");
            }

            if (exported.Select(one => one.Name).Distinct(StringComparer.Ordinal).Count() < exported.Length)
            {
                throw new CommandException(ExitCode.Usage, "Two exports have one name.");
            }

            var options = new ServeOptions(
                parsed.GetValue(listen) ?? "127.0.0.1:7400",
                parsed.GetValue(tokenFile),
                parsed.GetValue(tokens),
                parsed.GetValue(workspaces),
                TimeSpan.FromSeconds(seconds))
            {
                Exports = exported,
                Tracing = tracing.Read(parsed),
                Deadline = parsed.GetValue(deadline) is { } text ? Duration.Parse(text, MaxDeadline) : DefaultDeadline,
            };
            return (int)await serve(middleware.ApplyTo(tls.ApplyTo(options, parsed), parsed), cancellation);
        });
        return command;
    }
}
