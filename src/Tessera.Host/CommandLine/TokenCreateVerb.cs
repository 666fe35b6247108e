using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera token create: a new token, told once.</summary>
internal static class TokenCreateVerb
{
    private const int MaxPattern = 128;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>It is on its way to a client for a short time, and then good for nothing.</summary>
    private static readonly TimeSpan EnrolmentTime = TimeSpan.FromDays(1);

    public static Command Create()
    {
        Option<string> tokens = TokenVerb.Tokens();
        Option<string?> workspaces = new("--workspaces") { Description = "The names it may use for what it shares; '*' and '?' stand for others.", HelpName = "GLOB" };
        Option<string?> mounts = new("--mount") { Description = "The exports of the server that it may mount; '*' and '?' stand for others.", HelpName = "GLOB" };
        Option<bool> readOnly = new("--read-only") { Description = "Mount what it shares read-only; let it change nothing in what it mounts." };
        Option<bool> metrics = new("--metrics") { Description = "Let it read the server's metrics from other hosts." };
        Option<bool> enrol = new("--enrol") { Description = "Good for one 'tessera enrol', within a day unless --expires says otherwise; what it allows, the client's certificate does." };
        Option<string?> expires = new("--expires") { Description = "Accept it for so long: 90s, 10m, 2h, 30d.", HelpName = "TIME" };
        var command = new Command("create", "Make a token, and print it this once.") { tokens, workspaces, mounts, readOnly, metrics, enrol, expires };
        command.SetAction(parsed =>
        {
            string? shares = Checked(parsed.GetValue(workspaces), "a workspace");
            string? exports = Checked(parsed.GetValue(mounts), "an export");
            if (shares is null && exports is null)
            {
                throw new CommandException(ExitCode.Usage, "The token would be good for nothing.", "Say what it is for: --workspaces GLOB to share, --mount GLOB to mount.");
            }

            bool enrols = parsed.GetValue(enrol);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            var scope = new TokenEntry(Id: "", Sha256: "", shares ?? string.Empty, now)
            {
                Mounts = exports,
                ReadOnly = parsed.GetValue(readOnly),
                Metrics = parsed.GetValue(metrics),
                Enrols = enrols,
                Expires = parsed.GetValue(expires) is { } text ? now + Duration.Parse(text, Longest) : enrols ? now + EnrolmentTime : null,
            };
            string file = parsed.GetRequiredValue(tokens);
            using IDisposable held = TokenList.Hold(file);
            Console.Out.WriteLine(TokenList.ReadOrNew(file).Create(scope));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <exception cref="CommandException">It matches no name that there could be.</exception>
    private static string? Checked(string? pattern, string whose) =>
        pattern is null || (pattern.Length is > 0 and <= MaxPattern && pattern.All(character => char.IsAsciiLetterOrDigit(character) || ".-_*?".Contains(character)))
            ? pattern
            : throw new CommandException(ExitCode.Usage, $"'{pattern}' matches no name of {whose}.", "Names have letters, digits, '.', '-' and '_'; '*' and '?' stand for others.");
}
