using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Locking;

/// <summary>The sealed volume that a new lock is, whether of a directory or a file.</summary>
internal static class LockVolume
{
    /// <summary>What is said of a lock that was made of something.</summary>
    public const string PastSentence = "What was in it may still be read, by who can open what it lies in, from room that was not written since, and from copies and backups made before.";

    private const long AmpleRoom = 2 * Geometry.GroupSize;

    /// <summary>Makes the volume, and prints its recovery code; or opens the one that a lock which was cut short has left.</summary>
    public static async Task<SecretBytes> KeyOfAsync(string volume, NewVolume wanted, PassphraseSource source)
    {
        if (File.Exists(volume))
        {
            return GoOn(volume, wanted, source);
        }

        OuterRecovery outer = wanted.HasNoRecovery ? new OuterRecovery(Key: null, string.Empty) : OuterRecovery.Find(volume);
        if (outer.IsDamaged)
        {
            throw new CommandException(
                ExitCode.Damaged, $"The lock is not made: {outer.Reason}, so that its recovery code could not open it.", "'tessera scrub' heals one copy from the other. Nothing was changed.");
        }

        if (wanted.HasNoRecovery)
        {
            Report("Warning: with --no-recovery nothing but the passphrase opens the lock, no recovery code. Forgotten, all that is in it is lost for good.");
        }

        VolumeKeys made = await VolumeCreator.CreateAsync(volume, Fitting(volume, wanted) with { OuterRecoveryKey = outer.Key?.PublicKey.ToArray() }, source);
        using (made.Recovery)
        {
            if (made.Recovery is { } code)
            {
                RecoveryCodePrinter.Print(code);
                Report(outer.Key is null ? $"No other code opens it: {outer.Reason}." : "The recovery code of the volume that it lies in opens it, too.");
            }
        }

        return made.Key;
    }

    /// <summary>What it has of recovery was decided when it was begun.</summary>
    private static SecretBytes GoOn(string volume, NewVolume wanted, PassphraseSource source)
    {
        Report("Going on with a lock that was begun; its passphrase opens it.");
        using IHostMedium medium = HostMedium.Open(volume);
        UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume, source);
        if (wanted.HasNoRecovery && unlocked.Keys is { Header: var keys } && (keys.HasRecoveryCode || keys.HasOuterRecovery))
        {
            unlocked.Dispose();
            throw new CommandException(ExitCode.Usage, "The lock that was begun has a recovery code.", "Run the command without --no-recovery: it goes on. Nothing was changed.");
        }

        return unlocked.Key;
    }

    public static CommandException Incomplete(string path, CopyTally tally)
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

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
