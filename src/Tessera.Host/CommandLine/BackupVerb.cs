using System.CommandLine;
using System.Text.Json;
using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Host.Backups;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera backup: copies a volume, mounted or not, into a directory of sealed files; what changed since the last time, when there was one.</summary>
internal static class BackupVerb
{
    public static Command Create()
    {
        Argument<string> target = new("VOLUME|MOUNTPOINT") { Description = "A volume, or the directory where one is mounted: it goes on working meanwhile." };
        Argument<string> directory = new("DIRECTORY") { Description = "Where the backups of this volume are kept; made when it is missing." };
        Option<bool> full = new("--full") { Description = "Copy everything, not only what changed since the newest backup there." };
        Option<bool> json = CommonOptions.Json();
        Option<bool> quiet = new("--quiet") { Description = "Say nothing unless something is wrong: for timers." };
        var command = new Command("backup", "Back a volume up, sealed as it is, as of one moment. Reads the backup back before it counts.") { target, directory, full, json, quiet };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string place = MountPath.Canonical(parsed.GetRequiredValue(directory));
            BackupFacts facts;
            using (var line = new ProgressLine(parsed.GetValue(quiet)))
            {
                facts = TesseraMounts.Find(parsed.GetRequiredValue(target)) is { } entry
                    ? await AskAsync(entry, place, parsed.GetValue(full), line, cancellation)
                    : await RunAsync((parsed.GetRequiredValue(target), passphrase.Source(parsed), rollback.Read(parsed)), place, parsed.GetValue(full), line, cancellation);
            }

            return (int)Report(facts, parsed.GetValue(json), parsed.GetValue(quiet));
        });
        return command;
    }

    private static ExitCode Report(BackupFacts facts, bool json, bool quiet)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, HostJson.Default.BackupFacts);
        }
        else if (!quiet)
        {
            Console.Out.WriteLine(facts);
        }

        if (facts.DamagedBlocks == 0)
        {
            return ExitCode.Ok;
        }

        ErrorReport.Write($"{facts.DamagedBlocks} blocks of the volume are damaged and so are not in the backup.", "'tessera fsck' names what they belong to.");
        return ExitCode.Damaged;
    }

    /// <summary>The daemon does it, because it alone may have the volume open.</summary>
    private static async Task<BackupFacts> AskAsync(MountEntry entry, string directory, bool full, ProgressLine line, CancellationToken cancellation)
    {
        RequireElsewhere(directory, entry.MountPoint);
        using ControlClient client = ControlClient.Connect(entry);
        var request = new ControlRequest(full ? BackupFacts.FullOperation : BackupFacts.Operation, directory);
        JsonElement answer = await client.AskAsync(request, reply => line.Show(reply.Doing!, reply.Done), cancellation);
        return answer.Deserialize(HostJson.Default.BackupFacts)!;
    }

    /// <summary>A backup inside the volume would be lost with it, and its daemon would wait for itself. Told by the mount table, so that the volume is
    /// known where it is bound to other directories too, and nothing has to be asked of it.</summary>
    internal static void RequireElsewhere(string directory, string mountPoint)
    {
        MountTable table = MountTable.Read();
        if (table.At(mountPoint) is { } own && table.Holding(directory)?.Device == own.Device)
        {
            throw new CommandException(ExitCode.Usage, $"{directory} is inside the volume that is to be backed up.", "Choose a directory on another disk.");
        }
    }

    private static async Task<BackupFacts> RunAsync(
        (string Path, PassphraseSource Source, RollbackPolicy Rollback) volume, string directory, bool full, ProgressLine line, CancellationToken cancellation)
    {
        IHostMedium medium = HostMedium.Open(volume.Path, new FileMediumOptions());
        try
        {
            using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume.Path, volume.Source);
            await using ContainerStore store = ContainerOpener.Open(medium, unlocked.Key.Span, volume.Rollback.ApplyTo(new ContainerOptions { Host = HostIdentity.Current }));
            return await BackupRun.RunAsync(store, directory, full, reply => line.Show(reply.Doing!, reply.Done), cancellation);
        }
        finally
        {
            medium.Dispose();
        }
    }
}
