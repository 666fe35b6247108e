using System.Diagnostics;
using Tessera.Container;
using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Volumes.Checking;

namespace Tessera.Host.Backups;

/// <summary>Backs an open volume up: by the command when it is not mounted, by its daemon when it is.</summary>
internal static class BackupRun
{
    /// <param name="store">The volume, open for writing.</param>
    /// <param name="directory">Where backups go; made when it is missing.</param>
    /// <param name="full">Everything, not only what changed.</param>
    /// <param name="progress">Told how far it is, on the thread that copies; what it throws ends the backup.</param>
    /// <param name="cancellation">Ends it; what was begun is removed.</param>
    /// <exception cref="CommandException">The volume is open for reading only.</exception>
    public static async Task<BackupFacts> RunAsync(ContainerStore store, string directory, bool full, Action<ControlReply> progress, CancellationToken cancellation)
    {
        if (store.IsReadOnly)
        {
            throw new CommandException(
                ExitCode.ReadOnlyMedium, "The volume is mounted read-only, and a backup notes itself in the volume.", "Unmount it and copy its file instead, or mount it for writing.");
        }

        if (store.Header.Profile == ContainerProfile.Scattered)
        {
            throw new CommandException(
                ExitCode.Usage,
                "A scattered volume is not backed up like this: a backup says in the clear what it is of, and how large.",
                "Unmount it and copy its file: the copy is as silent as the volume.");
        }

        long started = Stopwatch.GetTimestamp();
        var options = new BackupOptions
        {
            Blocks = VolumeBlocks.TryReadBlock,
            Full = full,
            CreatedSeconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            Progress = at => progress(new ControlReply { Doing = "backing up", Done = PartOf(at) }),
            Cancellation = cancellation,
        };
        BackupResult result = await Task.Run(() => VolumeBackup.RunAsync(store, directory, options), cancellation);
        return BackupFacts.Of(result, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Null when it is not known how much there is to do.</summary>
    public static double? PartOf(BackupProgress progress) =>
        progress.ExpectedBytes == 0 ? null : Math.Min(1, progress.Bytes / (double)progress.ExpectedBytes);
}
