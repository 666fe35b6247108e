using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Locking;

/// <summary>The work of "tessera lock" on a file that is not unlocked: makes a lock of one that is none.</summary>
internal static class FileLockRun
{
    /// <param name="path">As the user wrote it.</param>
    /// <param name="file">Its canonical path.</param>
    /// <param name="wanted">What a new lock shall be.</param>
    /// <param name="source">Its passphrase.</param>
    /// <exception cref="CommandException">It cannot be locked, and is as it was.</exception>
    public static async Task<ExitCode> RunAsync(string path, string file, NewVolume wanted, PassphraseSource source)
    {
        if (MountTable.Read().At(file) is not null)
        {
            throw new CommandException(ExitCode.Usage, $"{path} is a mount point.", "Nothing was changed.");
        }

        if (LockedFile.Is(path, file))
        {
            Report($"{path} is locked.");
            return ExitCode.Ok;
        }

        await using OriginalFile original = await OriginalFile.OpenAsync(path, file);
        return await MakeAsync(path, file, original, wanted, source);
    }

    /// <summary>The volume is made beside the file, filled from it and compared, and takes its name in one step. Cut short before that, the file is as it was, and the same command
    /// goes on.</summary>
    private static async Task<ExitCode> MakeAsync(string path, string file, OriginalFile original, NewVolume wanted, PassphraseSource source)
    {
        string volume = LockedDirectory.UnfinishedBeside(file);
        RollbackPolicy policy = RollbackPolicy.Of(accepts: false, remembers: true);
        SecretBytes key = await LockVolume.KeyOfAsync(volume, wanted, source);
        var tally = new CopyTally();
        using (var interrupt = new Interrupt())
        using (var line = new ProgressLine())
        await using (CopyPlace target = await VolumePlace.OpenAsync(new VolumeOpening(volume, ReadOnly: false, policy), key))
        {
            await original.CopyAsync(target, new CopyJob(tally, new CopyProgress(line, tally, json: false), Replaces: true, interrupt.Token));
        }

        if (tally.FailureCount > 0 || tally.LeftOutCount > 0)
        {
            throw LockVolume.Incomplete(path, tally);
        }

        await original.RequireUnchangedAsync();
        FileMedium.MoveOver(volume, file);
        Report($"Locked {path}. 'tessera unlock {path}' opens it.");
        Report(LockVolume.PastSentence);
        return ExitCode.Ok;
    }

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
