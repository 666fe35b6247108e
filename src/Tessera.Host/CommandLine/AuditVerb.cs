using System.CommandLine;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Core.FileSystem;
using Tessera.Host.Auditing;
using Tessera.Host.Mounting;
using Tessera.Host.Native;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera audit: what was done in a volume that keeps an access log, or in the workspaces of a server.</summary>
internal static class AuditVerb
{
    /// <summary>So much of a file tells lines from a volume: a header has zeros in it, and noise has anything.</summary>
    private const int Told = 4096;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static Command Create()
    {
        Argument<string> target = new("VOLUME|MOUNTPOINT|FILE") { Description = "A volume that was mounted with '-o audit', the directory where it is mounted, or the audit file that a server writes." };
        Option<string?> workspace = new("--workspace") { Description = "Of workspaces of this name; '*' and '?' stand for others.", HelpName = "GLOB" };
        Option<string?> path = new("--path") { Description = "Of this path and what is beneath it; with '*' or '?', of paths that it matches.", HelpName = "PATH" };
        Option<string?> operation = new("--operation") { Description = "Only these, as open,unlink,rename.", HelpName = "NAME,..." };
        Option<long?> user = new("--user") { Description = "Asked by programs of this user.", HelpName = "UID" };
        Option<string?> since = new("--since") { Description = "From this time (2026-11-22T05:00, UTC) on, or for so long: 30m, 2h, 7d.", HelpName = "TIME" };
        Option<string?> until = new("--until") { Description = "Before this time, or until so long ago.", HelpName = "TIME" };
        Option<bool> failed = new("--failed") { Description = "Only what was refused or failed." };
        Option<bool> follow = new("--follow") { Description = "Of a file: go on with what comes, until it is ended." };
        Option<string?> expect = new("--expect") { Description = "Of a volume: a record and the hash that this command told of it earlier; up to there the log must be the same.", HelpName = "NUMBER:HASH" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("audit", "Show what was done in a volume, whose chain of records it verifies, or in the workspaces of a server. Exit 5 when records were changed or removed.")
        {
            target, workspace, path, operation, user, since, until, failed, follow, expect, json,
        };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
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
            var printer = new AuditPrinter(filter, parsed.GetValue(json));
            NotedRecord? noted = parsed.GetValue(expect) is { } text ? NotedRecord.Parse(text) : null;
            string asked = parsed.GetRequiredValue(target);
            MountEntry? entry = TesseraMounts.Find(asked);
            if (entry is null && IsLines(asked))
            {
                Refuse(noted is not null, "--expect is for volumes: a server's file has no chain.");
                return (int)await ReadFileAsync(asked, printer, parsed.GetValue(follow));
            }

            Refuse(parsed.GetValue(follow), "--follow is for a server's file.");
            return (int)(entry is not null
                ? await new AccessLogQuery(from => AccessLogPages.AskAsync(entry, from, cancellation), printer, noted).RunAsync()
                : await ReadVolumeAsync((asked, passphrase.Source(parsed), rollback.Read(parsed)), printer, noted));
        });
        return command;
    }

    private static void Refuse(bool isAsked, string sentence)
    {
        if (isAsked)
        {
            throw new CommandException(ExitCode.Usage, sentence);
        }
    }

    private static async Task<ExitCode> ReadFileAsync(string file, AuditPrinter printer, bool follow)
    {
        using var reader = new AuditReader(file);
        var query = new AuditQuery(reader, printer);
        if (!follow)
        {
            return query.PrintAll();
        }

        using var interrupt = new Interrupt();
        return await query.FollowAsync(interrupt.Token);
    }

    private static async Task<ExitCode> ReadVolumeAsync((string Path, PassphraseSource Source, RollbackPolicy Rollback) volume, AuditPrinter printer, NotedRecord? noted)
    {
        IHostMedium medium = HostMedium.Open(volume.Path, new FileMediumOptions { ReadOnly = true });
        try
        {
            using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume.Path, volume.Source);
            await using ContainerStore store = ContainerOpener.Open(medium, unlocked.Key.Span, volume.Rollback.ApplyTo(new ContainerOptions { ReadOnly = true }));
            return await new AccessLogQuery(from => AccessLogPages.ReadAsync(store, from), printer, noted).RunAsync();
        }
        finally
        {
            medium.Dispose();
        }
    }

    /// <summary>A file of lines, maybe damaged or empty; or none at all, which reading it tells. Volumes are folders, devices, and files of other bytes.</summary>
    private static bool IsLines(string path)
    {
        if (!File.Exists(path))
        {
            return !Path.Exists(path);
        }

        using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        if (!ModeBits.IsRegular(FileOwner.Of(file).Mode))
        {
            return false;
        }

        byte[] first = new byte[Told];
        return first.AsSpan(0, RandomAccess.Read(file, first, fileOffset: 0)).IndexOfAnyInRange((byte)0, (byte)8) < 0;
    }

    /// <summary>A point in time, or how long ago it is.</summary>
    private static DateTimeOffset? Time(string? text) => text is null ? null
        : text.Length > 0 && (text.Contains('-', StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal))
            ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? time
                : throw new CommandException(ExitCode.Usage, $"'{text}' is no time.", "Times are written as 2026-11-22T05:00, in UTC, or as 30m, 2h or 7d before now.")
            : TimeProvider.System.GetUtcNow() - Duration.Parse(text, Longest);
}
