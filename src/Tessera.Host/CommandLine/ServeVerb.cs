using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera serve: takes directories that others share, and mounts each.</summary>
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
        Option<string> workspaces = new("--workspaces") { Description = "The directory in which each share is mounted, by its name.", HelpName = "DIRECTORY", Required = true };
        Option<double?> grace = new("--grace") { Description = "How long a mount waits for a client that lost its connection (default 30).", HelpName = "SECONDS" };
        Option<string?> deadline = new("--deadline") { Description = "How long a client that is connected may take for an answer (default 60s).", HelpName = "TIME" };
        var command = new Command("serve", "Take directories that others share, and mount each.") { listen, tokenFile, tokens, workspaces, grace, deadline };
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

            var options = new ServeOptions(
                parsed.GetValue(listen) ?? "127.0.0.1:7400",
                parsed.GetValue(tokenFile),
                parsed.GetValue(tokens),
                parsed.GetRequiredValue(workspaces),
                TimeSpan.FromSeconds(seconds))
            {
                Tracing = tracing.Read(parsed),
                Deadline = parsed.GetValue(deadline) is { } text ? Duration.Parse(text, MaxDeadline) : DefaultDeadline,
            };
            return (int)await serve(middleware.ApplyTo(tls.ApplyTo(options, parsed), parsed), cancellation);
        });
        return command;
    }
}
