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
