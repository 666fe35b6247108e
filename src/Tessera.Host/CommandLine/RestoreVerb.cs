using System.CommandLine;
using Tessera.Container;
using Tessera.Container.Backup;
using Tessera.Container.Checking;
using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.Backups;
using Tessera.Host.Checking;
using Tessera.Host.Opening;
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
        Option<bool> verifyOnly = new("--verify-only") { Description = "Only read the backup, and what it builds on, and verify every hash and seal." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("restore", "Make a new volume from the backups in a directory. The passphrase is one of the time of the backup.") { directory, volume, generation, list, verifyOnly, json };
        Option<bool> forget = RollbackOptions.CreateForget();
        command.Add(forget);
        PassphraseOptions passphrase = PassphraseOptions.AddForCopyTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            BackupCatalog catalog = ReadCatalog(parsed.GetRequiredValue(directory));
            if (parsed.GetValue(list))
            {
                return (int)List(catalog, parsed.GetValue(json));
            }

            BackupCatalog.Entry backup = Choose(catalog, parsed.GetValue(generation));
            if (parsed.GetValue(verifyOnly))
            {
                Report(Verify(catalog, backup, passphrase.Source(parsed), cancellation), parsed.GetValue(json));
                return (int)ExitCode.Ok;
            }

            string path = parsed.GetValue(volume) ?? throw new CommandException(ExitCode.Usage, "VOLUME is missing: the file to restore to.");
            VolumeCreator.RequireFreePlace(path, Path.GetFullPath(path));

            // Who restores a backup wants an older state.
            var opening = new VolumeOpening(path, ReadOnly: true, RollbackPolicy.Of(accepts: true, !parsed.GetValue(forget)));
            RestoreFacts facts = await RunAsync(catalog, backup, opening, passphrase.Source(parsed), cancellation);
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

    /// <summary>The backup wanted, once it is known that all it builds on is there.</summary>
    private static BackupCatalog.Entry Choose(BackupCatalog catalog, ulong? generation)
    {
        if (generation is null && catalog.Newest is null)
        {
            throw catalog.Unreadable.Values.FirstOrDefault() ?? new BackupException(BackupFault.Missing, $"There is no backup in {catalog.Directory}.");
        }

        return catalog.ChainTo(generation ?? catalog.Newest!.Header.Generation)[^1];
    }

    private static VerifyFacts Verify(BackupCatalog catalog, BackupCatalog.Entry backup, PassphraseSource source, CancellationToken cancellation)
    {
        using var line = new ProgressLine();
        using SecretBytes key = BackupUnlocker.Unlock(backup, source);
        VerifyResult result = VolumeRestore.VerifyOnly(catalog.Directory, key.Span, Options(backup, "verifying", line, cancellation));
        return new VerifyFacts(result.Header.Generation, result.Files, result.Bytes);
    }

    private static RestoreOptions Options(BackupCatalog.Entry backup, string doing, ProgressLine line, CancellationToken cancellation) => new()
    {
        Blocks = VolumeBlocks.TryReadBlock,
        Generation = backup.Header.Generation,
        Progress = at => line.Show(doing, BackupRun.PartOf(at)),
        Cancellation = cancellation,
    };

    private static async Task<RestoreFacts> RunAsync(
        BackupCatalog catalog, BackupCatalog.Entry backup, VolumeOpening opening, PassphraseSource source, CancellationToken cancellation)
    {
        using var line = new ProgressLine();
        using SecretBytes key = BackupUnlocker.Unlock(backup, source);
        RestoreResult result = VolumeRestore.ToFile(catalog.Directory, opening.Path, key.Span, Options(backup, "restoring", line, cancellation));
        line.Show("checking", part: null);
        VolumeCheckReport logic = await CheckAsync(opening, key, result.Check, cancellation);
        return new RestoreFacts(result.Header.Generation, result.Files, FsckFacts.Of(opening.Path, result.Check, logic));
    }

    /// <summary>All blocks were read already; they are read again only to name the files that lack some.</summary>
    private static async Task<VolumeCheckReport> CheckAsync(VolumeOpening opening, SecretBytes key, CheckReport container, CancellationToken cancellation)
    {
        IHostMedium medium = HostMedium.Open(opening.Path, new FileMediumOptions { ReadOnly = opening.ReadOnly });
        try
        {
            await using ContainerStore store = ContainerOpener.Open(medium, key.Span, opening.Rollback.ApplyTo(new ContainerOptions { ReadOnly = opening.ReadOnly }));
            return await VolumeChecker.CheckAsync(store, new VolumeCheckOptions { ReadBlocks = !container.IsClean, Cancellation = cancellation });
        }
        finally
        {
            medium.Dispose();
        }
    }

    private static void Report(VerifyFacts facts, bool json)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, HostJson.Default.VerifyFacts);
        }
        else
        {
            Console.Out.WriteLine(facts);
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
