using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Host.Checking;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;
using Tessera.Volumes.Checking;

namespace Tessera.Host.CommandLine;

/// <summary>tessera fsck: walks and verifies every node, block, extent, name, link count and the free space of a volume that is not mounted. Changes nothing
/// unless a repair is asked for.</summary>
internal static class FsckVerb
{
    public static Command Create()
    {
        Argument<string> volume = new("VOLUME") { Description = "The volume; not mounted." };
        Option<bool> json = CommonOptions.Json();
        Option<bool> quick = new("--quick") { Description = "Do not read the contents of files, only what describes them." };
        Option<bool> repair = new("--repair") { Description = "Bring a damaged volume in order again and list by name what is lost. Without it nothing is changed." };
        Option<bool> rebuild = new("--rebuild") { Description = "Repair a volume with parity in a folder of which files are lost: they are made anew out of the others." };
        var command = new Command("fsck", "Check a volume: every node twice, every block, extent, name and link count, and the free space. Nothing is changed without --repair. Exit 5 when something is wrong.")
        {
            volume, json, quick, repair, rebuild,
        };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            RollbackPolicy policy = rollback.Read(parsed);
            FsckFacts facts = parsed.GetValue(repair) || parsed.GetValue(rebuild)
                ? await RepairAsync(parsed.GetRequiredValue(volume), passphrase.Source(parsed), policy, parsed.GetValue(rebuild), cancellation)
                : await CheckAsync(parsed.GetRequiredValue(volume), passphrase.Source(parsed), policy, !parsed.GetValue(quick), cancellation);
            if (parsed.GetValue(json))
            {
                FactWriter.WriteJson(facts, HostJson.Default.FsckFacts);
            }
            else
            {
                Print(facts);
            }

            return (int)(facts.Clean ? ExitCode.Ok : ExitCode.Damaged);
        });
        return command;
    }

    private static async Task<FsckFacts> CheckAsync(string path, PassphraseSource source, RollbackPolicy rollback, bool readBlocks, CancellationToken cancellation)
    {
        IHostMedium medium = HostMedium.Open(path, new FileMediumOptions { ReadOnly = true });
        using var line = new ProgressLine();
        try
        {
            using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, path, source);
            rollback.Check(medium, unlocked);
            return await CheckAsync(path, medium, unlocked, (readBlocks, line), cancellation);
        }
        finally
        {
            medium.Dispose();
        }
    }

    private static async Task<FsckFacts> CheckAsync(string path, IHostMedium medium, UnlockedVolume unlocked, (bool ReadBlocks, ProgressLine Line) how, CancellationToken cancellation)
    {
        try
        {
            ProgressLine line = how.Line;
            var blocks = new VolumeBlocks();
            var options = new CheckOptions
            {
                Blocks = blocks.TryGetBlock,
                ReadBlocks = false, // The files' pass reads them, and can say whose they are.
                ReadStripes = how.ReadBlocks,
                Cancellation = cancellation,
                Progress = progress => line.Show("checking", progress.TotalSlots == 0 ? null : Math.Min(1, progress.DoneSlots / (double)progress.TotalSlots)),
            };
            CheckReport container = ContainerChecker.Check(medium, unlocked.Key.Span, options);
            var fileOptions = new VolumeCheckOptions
            {
                ReadBlocks = how.ReadBlocks,
                Progress = progress => line.Show("checking files", PartOf(progress, container)),
                Cancellation = cancellation,
            };
            VolumeCheckReport? logic = await CheckFilesAsync(medium, unlocked, container, fileOptions);
            return FsckFacts.Of(path, container, logic);
        }
        finally
        {
            medium.Dispose();
        }
    }

    /// <summary>Repairs, then checks all of it.</summary>
    private static async Task<FsckFacts> RepairAsync(string path, PassphraseSource source, RollbackPolicy rollback, bool rebuilds, CancellationToken cancellation)
    {
        using var line = new ProgressLine();
        IReadOnlyList<string> made = rebuilds ? MakeLost(path, line, cancellation) : [];
        IHostMedium? medium = null;
        UnlockedVolume? unlocked = null;
        RepairFacts repair;
        try
        {
            try
            {
                medium = HostMedium.Open(path, new FileMediumOptions());
                unlocked = VolumeUnlocker.Unlock(medium, path, source);
                RequireParity(path, unlocked, rebuilds);
                rollback.Check(medium, unlocked);
            }
            catch
            {
                LostFiles.Remove(made); // Nothing was repaired: the folder is as it was.
                throw;
            }

            repair = await RepairRun.RunAsync(path, medium, unlocked, (rollback, line), cancellation);
            medium = HostMedium.Open(path, new FileMediumOptions { ReadOnly = true });
            return await CheckAsync(path, medium, unlocked, (ReadBlocks: true, line), cancellation) with { Repair = repair };
        }
        finally
        {
            unlocked?.Dispose();
            medium?.Dispose();
        }
    }

    private static IReadOnlyList<string> MakeLost(string path, ProgressLine line, CancellationToken cancellation)
    {
        if (!Directory.Exists(path))
        {
            throw new CommandException(ExitCode.Usage, $"{path} is no folder of files: --rebuild makes files of a folder anew that are lost.", "Damage within a volume with parity is mended by 'tessera scrub'.");
        }

        return LostFiles.Make(path, part =>
        {
            cancellation.ThrowIfCancellationRequested();
            line.Show("filling new files with noise", part);
        });
    }

    /// <summary>Without parity nothing could give the files their contents.</summary>
    private static void RequireParity(string path, UnlockedVolume unlocked, bool rebuilds)
    {
        if (rebuilds && unlocked.Header.Stripes is null)
        {
            throw new CommandException(
                ExitCode.Usage, $"{path} has no parity: files that are lost cannot be made anew.", "Nothing was changed. Put them back from a copy.");
        }
    }

    /// <summary>Null when the container is too damaged to be read as a volume: its findings say so already.</summary>
    private static async Task<VolumeCheckReport?> CheckFilesAsync(IHostMedium medium, UnlockedVolume unlocked, CheckReport container, VolumeCheckOptions options)
    {
        if (container.Findings.Any(finding => finding.Kind is FindingKind.NodeLost or FindingKind.RootUnusable or FindingKind.LogDamaged or FindingKind.RepairUnfinished))
        {
            return null;
        }

        await using ContainerStore store = ContainerOpener.Open(medium, unlocked.Key.Span, new ContainerOptions { ReadOnly = true, AcceptRollback = true }); // It was compared before.
        try
        {
            return await VolumeChecker.CheckAsync(store, options);
        }
        catch (StoreDamageException)
        {
            return null;
        }
    }

    /// <summary>Blocks are nearly all of a volume: how much of them is read is how far it is.</summary>
    private static double? PartOf(VolumeCheckProgress progress, CheckReport container) =>
        container.UsedSlots == 0 ? null : Math.Min(1, progress.BlockBytes / (double)(container.UsedSlots * Geometry.SlotSize));

    internal static void Print(FsckFacts facts)
    {
        foreach (string told in facts.Repair?.Lines() ?? [])
        {
            Screen.Output.WriteLine(told);
        }

        foreach (FsckFinding finding in facts.Findings)
        {
            string place = finding.Address is { } address ? $" (address {address})" : string.Empty;
            string file = finding.Path is { } path ? $"{path}: " : string.Empty;
            Screen.Output.WriteLine($"{finding.Severity}: {finding.Code}: {file}{finding.What}{place}");
        }

        if (facts.MoreFindings > 0)
        {
            Screen.Output.WriteLine($"… and {facts.MoreFindings} more.");
        }

        Screen.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{facts.Volume}: generation {facts.Generation}, {facts.Nodes} nodes, {facts.Blocks} blocks, {facts.Inodes} inodes, {facts.Entries} names, {facts.Extents} extents: {Verdict(facts)}"));
    }

    private static string Verdict(FsckFacts facts) =>
        facts.Clean ? "clean." : facts.DataLost ? "DAMAGED, data is lost. Restore it from a backup, or keep what is left with 'tessera fsck --repair'." : "not consistent; no data is lost so far. 'tessera fsck --repair' mends it.";
}
