using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Locking;

/// <summary>The work of "tessera lock": closes an unlocked directory or file, or makes a lock of one that has none.</summary>
internal static class LockRun
{
    /// <param name="path">As the user wrote it.</param>
    /// <param name="wanted">What a new lock shall be.</param>
    /// <param name="source">Its passphrase.</param>
    /// <exception cref="CommandException">It cannot be locked; what was in it is as it was.</exception>
    public static async Task<ExitCode> RunAsync(string path, NewVolume wanted, PassphraseSource source)
    {
        string directory = MountPath.Canonical(path);
        if ((LockedDirectory.FindOpen(directory) ?? LockedFile.FindOpen(directory)) is { } entry)
        {
            return Close(path, entry);
        }

        if (File.Exists(directory))
        {
            return await FileLockRun.RunAsync(path, directory, wanted, source);
        }

        Require(path, directory);
        if (File.Exists(LockedDirectory.VolumeIn(directory)))
        {
            Report($"{path} is locked.");
            return ExitCode.Ok;
        }

        return await MakeAsync(path, directory, wanted, source);
    }

    private static ExitCode Close(string path, MountEntry entry)
    {
        ExitCode code = Unmounter.Run(entry.MountPoint, UnmountManner.Forced);
        Report(code == ExitCode.Ok ? $"Locked {path}." : $"{path} is locked, and its daemon met a fault: see its log.");
        return code;
    }

    private static void Require(string path, string directory)
    {
        string? reason =
            !Directory.Exists(directory) ? "does not exist"
            : MountTable.Read().At(directory) is not null ? "is a mount point: lock a directory in it"
            : MountsBeneath.Of(directory).FirstOrDefault() is { } beneath ? $"has something mounted in it, at {beneath}"
            : null;
        if (reason is not null)
        {
            throw new CommandException(ExitCode.Usage, $"{path} {reason}.", "Nothing was changed.");
        }
    }

    /// <summary>The volume is made beside the directory, filled from it and compared; only then are the originals removed, and the volume moved into their place. Cut
    /// short before that, everything is where it was, and the same command goes on.</summary>
    private static async Task<ExitCode> MakeAsync(string path, string directory, NewVolume wanted, PassphraseSource source)
    {
        string volume = LockedDirectory.UnfinishedBeside(directory);
        RollbackPolicy policy = RollbackPolicy.Of(accepts: false, remembers: true);
        SecretBytes key = await LockVolume.KeyOfAsync(volume, wanted, source);
        var originals = new Originals(directory);
        bool had = originals.Any;
        originals.Watch();
        var tally = new CopyTally();
        using (var interrupt = new Interrupt())
        using (var line = new ProgressLine())
        await using (CopyPlace target = await VolumePlace.OpenAsync(new VolumeOpening(volume, ReadOnly: false, policy), key))
        await using (CopyPlace from = HostPlace.Open(directory, readOnly: true))
        {
            await CopyRun.RunAsync(from, target, new CopyJob(tally, new CopyProgress(line, tally, json: false), Replaces: true, interrupt.Token));
        }

        if (tally.FailureCount > 0 || tally.LeftOutCount > 0)
        {
            throw LockVolume.Incomplete(path, tally);
        }

        originals.RequireUnchanged();
        originals.Remove();
        FileMedium.MoveInto(volume, LockedDirectory.VolumeIn(directory));
        Report($"Locked {path}. 'tessera unlock {path}' opens it.");
        if (had)
        {
            Report(LockVolume.PastSentence);
        }

        return ExitCode.Ok;
    }

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
