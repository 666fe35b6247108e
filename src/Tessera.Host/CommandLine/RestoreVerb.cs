using System.CommandLine;
using Tessera.Container;
using Tessera.Container.Backup;
using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.Backups;
using Tessera.Host.Checking;
using Tessera.Host.Secrets;
using Tessera.Volumes.Checking;

namespace Tessera.Host.CommandLine;

/// <summary>tessera restore: makes a new volume of backups, and reads all of it before it counts.</summary>
internal static class RestoreVerb
{
    public static Command Create()
    {
        Argument<string> directory = new("DIRECTORY") { Description = "Where the backups are." };
        Argument<string?> volume = new("VOLUME") { Description = "The volume to make; must not exist.", Arity = ArgumentArity.ZeroOrOne };
        Option<ulong?> generation = new("--generation") { Description = "The generation to restore (default: the newest).", HelpName = "N" };
        Option<bool> list = new("--list") { Description = "Only list the backups that are there." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("restore", "Make a new volume from the backups in a directory. The passphrase is one of the time of the backup.") { directory, volume, generation, list, json };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            BackupCatalog catalog = ReadCatalog(parsed.GetRequiredValue(directory));
            if (parsed.GetValue(list))
            {
                return (int)List(catalog, parsed.GetValue(json));
            }

            string path = parsed.GetValue(volume) ?? throw new CommandException(ExitCode.Usage, "VOLUME is missing: the file to restore to.");
            RestoreFacts facts = await RunAsync(catalog, path, parsed.GetValue(generation), passphrase.Source(parsed), cancellation);
            return (int)Report(facts, parsed.GetValue(json));
        });
        return command;
    }

    private static BackupCatalog ReadCatalog(string directory) => Directory.Exists(directory)
        ? BackupCatalog.Read(directory)
        : throw new CommandException(ExitCode.NotAVolume, $"There is no directory {directory}.");

    private static ExitCode List(BackupCatalog catalog, bool json)
    {
        BackupListing[] backups = [.. catalog.Entries.Select(BackupListing.Of)];
        if (json)
        {
            FactWriter.WriteJson(backups, HostJson.Default.BackupListingArray);
        }
        else
        {
            Array.ForEach(backups, Console.Out.WriteLine);
        }

        foreach (BackupException reason in catalog.Unreadable.Values)
        {
            ErrorReport.Write(reason.Message, advice: null);
        }

        return catalog.Unreadable.Count == 0 ? ExitCode.Ok : ExitCode.Damaged;
    }

    private static async Task<RestoreFacts> RunAsync(
        BackupCatalog catalog, string path, ulong? generation, PassphraseSource source, CancellationToken cancellation)
    {
        using var line = new ProgressLine();
        if (generation is null && catalog.Newest is null)
        {
            throw catalog.Unreadable.Values.FirstOrDefault() ?? new BackupException(BackupFault.Missing, $"There is no backup in {catalog.Directory}.");
        }

        BackupCatalog.Entry backup = catalog.ChainTo(generation ?? catalog.Newest!.Header.Generation)[^1];
        using SecretBytes key = BackupUnlocker.Unlock(backup, source);
        var options = new RestoreOptions
        {
            Blocks = VolumeBlocks.TryReadBlock,
            Generation = backup.Header.Generation,
            Progress = at => line.Show("restoring", BackupRun.PartOf(at)),
            Cancellation = cancellation,
        };
        RestoreResult result = VolumeRestore.ToFile(catalog.Directory, path, key.Span, options);
        line.Show("checking", part: null);
        VolumeCheckReport logic = await CheckAsync(path, key, cancellation);
        return new RestoreFacts(result.Header.Generation, result.Files, FsckFacts.Of(path, result.Check, logic));
    }

    private static async Task<VolumeCheckReport> CheckAsync(string path, SecretBytes key, CancellationToken cancellation)
    {
        FileMedium medium = FileMedium.Open(path, new FileMediumOptions { ReadOnly = true });
        try
        {
            await using ContainerStore store = ContainerOpener.Open(medium, key.Span, new ContainerOptions { ReadOnly = true });
            return await VolumeChecker.CheckAsync(store, cancellation);
        }
        finally
        {
            medium.Dispose();
        }
    }

    private static ExitCode Report(RestoreFacts facts, bool json)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, HostJson.Default.RestoreFacts);
        }
        else
        {
            FsckVerb.Print(facts.Check);
        }

        return facts.Check.Clean ? ExitCode.Ok : ExitCode.Damaged;
    }
}
