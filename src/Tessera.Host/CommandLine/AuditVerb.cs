using System.CommandLine;
using System.Globalization;
using Tessera.Host.Auditing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera audit: what was done in the workspaces of a server.</summary>
internal static class AuditVerb
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static Command Create()
    {
        Argument<string> file = new("FILE") { Description = "The audit file that a server writes." };
        Option<string?> workspace = new("--workspace") { Description = "Of workspaces of this name; '*' and '?' stand for others.", HelpName = "GLOB" };
        Option<string?> path = new("--path") { Description = "Of this path and what is beneath it; with '*' or '?', of paths that it matches.", HelpName = "PATH" };
        Option<string?> operation = new("--operation") { Description = "Only these, as open,unlink,rename.", HelpName = "NAME,..." };
        Option<long?> user = new("--user") { Description = "Asked by programs of this user.", HelpName = "UID" };
        Option<string?> since = new("--since") { Description = "From this time (2026-11-22T05:00, UTC) on, or for so long: 30m, 2h, 7d.", HelpName = "TIME" };
        Option<string?> until = new("--until") { Description = "Before this time, or until so long ago.", HelpName = "TIME" };
        Option<bool> failed = new("--failed") { Description = "Only what was refused or failed." };
        Option<bool> follow = new("--follow") { Description = "Go on with what comes, until it is ended." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("audit", "Show what was done in the workspaces of a server.") { file, workspace, path, operation, user, since, until, failed, follow, json };
        command.SetAction(async parsed =>
        {
            var filter = new AuditFilter
            {
                Workspace = parsed.GetValue(workspace),
                Path = parsed.GetValue(path),
                Operations = parsed.GetValue(operation)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
                User = parsed.GetValue(user),
                Since = Time(parsed.GetValue(since)),
                Until = Time(parsed.GetValue(until)),
                Failed = parsed.GetValue(failed),
            };
            return (int)await RunAsync(parsed.GetRequiredValue(file), filter, parsed.GetValue(json), parsed.GetValue(follow));
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(string file, AuditFilter filter, bool json, bool follow)
    {
        using var reader = new AuditReader(file);
        var query = new AuditQuery(reader, filter, json);
        if (!follow)
        {
            return query.PrintAll();
        }

        using var interrupt = new Interrupt();
        return await query.FollowAsync(interrupt.Token);
    }

    /// <summary>A point in time, or how long ago it is.</summary>
    private static DateTimeOffset? Time(string? text) => text is null ? null
        : text.Length > 0 && (text.Contains('-', StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal))
            ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? time
                : throw new CommandException(ExitCode.Usage, $"'{text}' is no time.", "Times are written as 2026-11-22T05:00, in UTC, or as 30m, 2h or 7d before now.")
            : TimeProvider.System.GetUtcNow() - Duration.Parse(text, Longest);
}
