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
        Option<string> workspaces = new("--workspaces") { Description = "The names it may use; '*' and '?' stand for others.", HelpName = "GLOB", Required = true };
        Option<bool> readOnly = new("--read-only") { Description = "Mount what it shares read-only." };
        Option<bool> metrics = new("--metrics") { Description = "Let it read the server's metrics from other hosts." };
        Option<bool> enrol = new("--enrol") { Description = "Good for one 'tessera enrol', within a day unless --expires says otherwise; what it allows, the client's certificate does." };
        Option<string?> expires = new("--expires") { Description = "Accept it for so long: 90s, 10m, 2h, 30d.", HelpName = "TIME" };
        var command = new Command("create", "Make a token, and print it this once.") { tokens, workspaces, readOnly, metrics, enrol, expires };
        command.SetAction(parsed =>
        {
            string pattern = parsed.GetRequiredValue(workspaces);
            if (pattern.Length is 0 or > MaxPattern || !pattern.All(character => char.IsAsciiLetterOrDigit(character) || ".-_*?".Contains(character)))
            {
                throw new CommandException(ExitCode.Usage, $"'{pattern}' matches no name of a workspace.", "Names have letters, digits, '.', '-' and '_'; '*' and '?' stand for others.");
            }

            bool enrols = parsed.GetValue(enrol);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            var scope = new TokenEntry(Id: "", Sha256: "", pattern, now)
            {
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
}
