using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Locking;

/// <summary>The work of "tessera lock": closes an unlocked directory, or makes a lock of one that has none.</summary>
internal static class LockRun
{
    private const long AmpleRoom = 2 * Geometry.GroupSize;

    /// <param name="path">As the user wrote it.</param>
    /// <param name="wanted">What a new lock shall be.</param>
    /// <param name="source">Its passphrase.</param>
    /// <exception cref="CommandException">It cannot be locked; what was in it is as it was.</exception>
    public static async Task<ExitCode> RunAsync(string path, NewVolume wanted, PassphraseSource source)
    {
        string directory = MountPath.Canonical(path);
        if (LockedDirectory.FindOpen(directory) is { } entry)
        {
            return Close(path, entry);
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
            File.Exists(directory) ? "is a file: put it into a directory, and lock that"
            : !Directory.Exists(directory) ? "does not exist"
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
        SecretBytes key = await KeyOfAsync(volume, wanted, source);
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
            throw Incomplete(path, tally);
        }

        originals.RequireUnchanged();
        originals.Remove();
        FileMedium.MoveInto(volume, LockedDirectory.VolumeIn(directory));
        Report($"Locked {path}. 'tessera unlock {path}' opens it.");
        if (had)
        {
            Report("What was in it may still be read, by who can open what it lies in, from room that was not written since, and from copies and backups made before.");
        }

        return ExitCode.Ok;
    }

    private static async Task<SecretBytes> KeyOfAsync(string volume, NewVolume wanted, PassphraseSource source)
    {
        if (File.Exists(volume))
        {
            Report("Going on with a lock that was begun; its passphrase opens it.");
            using IHostMedium medium = HostMedium.Open(volume);
            return VolumeUnlocker.Unlock(medium, volume, source).Key;
        }

        VolumeKeys made = await VolumeCreator.CreateAsync(volume, Fitting(volume, wanted), source);
        using (made.Recovery)
        {
            RecoveryCodePrinter.Print(made.Recovery!);
        }

        return made.Key;
    }

    /// <summary>Without a limit its first group is asked for whole. Where there is hardly so much it gets half of what there is, and can be grown.</summary>
    private static NewVolume Fitting(string volume, NewVolume wanted)
    {
        long free = new DriveInfo(Path.GetDirectoryName(volume)!).AvailableFreeSpace;
        if (wanted.SizeLimit != 0 || free >= AmpleRoom)
        {
            return wanted;
        }

        long limit = Math.Max(Geometry.MinVolume, free / 2);
        Report($"There is little room: what is locked may become {ByteSize.Format((ulong)limit)} at most. 'tessera grow' makes that more.");
        return wanted with { SizeLimit = limit };
    }

    private static CommandException Incomplete(string path, CopyTally tally)
    {
        foreach (CopyFailure failure in tally.Failures.Concat(tally.LeftOut))
        {
            ErrorReport.Write(failure.ToString(), advice: null);
        }

        return new CommandException(
            ExitCode.Fault,
            $"{path} is not locked: {tally.FailureCount + tally.LeftOutCount} of the names in it could not be copied as they are.",
            "Nothing was removed. Mend what is said of them and run the same command again: it goes on.");
    }

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
