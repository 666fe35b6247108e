using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>One copy of one file: as <see cref="CopyRun"/> of a tree, into the target's root and with a name of its own there.</summary>
internal static class FileCopyRun
{
    /// <param name="source">Where the file is.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="original">What the source says of it.</param>
    /// <param name="name">Its name in the target's root.</param>
    /// <param name="job">What the target cannot keep is told there.</param>
    /// <exception cref="CopyException">It could not be copied, or is not what the source has; the same copy can be begun again.</exception>
    /// <exception cref="Core.Stores.StoreDamageException">Likewise, because a volume is damaged.</exception>
    /// <exception cref="OperationCanceledException">Likewise, because the user asked for it.</exception>
    public static async Task RunAsync(CopyPlace source, CopyPlace target, InodeAttributes original, ReadOnlyMemory<byte> name, CopyJob job)
    {
        var root = new TreeEntry(parent: null, [], default) { Target = FsLimits.RootInode };
        var entry = new TreeEntry(root, name.ToArray(), original);
        job.Progress.TotalNames = 1;
        job.Progress.TotalBytes = (long)Math.Min(original.Size, long.MaxValue / 2);
        job.Progress.Begin("copying");
        CopyState state = await CopyState.OpenAsync(target);
        await new TreeCopier(source, target, state, job).VisitAsync(entry);
        await target.SettleAsync();

        job.Progress.Begin("verifying");
        await new TreeVerifier(source, target, state, job).VisitAsync(entry);
        await state.RemoveAsync();
        await new FlagSetter(target, job.Tally).VisitAsync(entry);
        await target.SettleAsync();
    }
}
