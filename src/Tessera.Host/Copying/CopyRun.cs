using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Copying;

/// <summary>One copy of a tree from one file system into another: count, copy, make durable, compare, and only then clear the state away.</summary>
internal static class CopyRun
{
    /// <exception cref="CopyException">The target takes nothing any more; what has a name there is whole, and the same copy can be begun again.</exception>
    /// <exception cref="CommandException">The source is itself the target of a copy that was not finished.</exception>
    /// <exception cref="OperationCanceledException">Likewise, because the user asked for it.</exception>
    public static async Task RunAsync(CopyPlace source, CopyPlace target, CopyJob job)
    {
        await RequireFinishedAsync(source);
        var walk = new TreeWalk(source, target, job);
        job.Progress.Begin("counting");
        await walk.RunAsync(new TreeCounter(job.Progress));

        job.Progress.Begin("copying");
        CopyState state = await CopyState.OpenAsync(target);
        var copier = new TreeCopier(source, target, state, job);
        await walk.RunAsync(copier);
        await target.SettleAsync();

        job.Progress.Begin("verifying");
        var verifier = new TreeVerifier(source, target, state, job);
        await walk.RunAsync(verifier);
        await state.RemoveAsync();
        await FinishRootAsync(source, copier, verifier);
        if (job.Tally.Flagged > 0)
        {
            job.Progress.Begin("finishing");
            await walk.RunAsync(new FlagSetter(target, job.Tally));
        }

        await target.SettleAsync();
    }

    private static async Task FinishRootAsync(CopyPlace source, TreeCopier copier, TreeVerifier verifier)
    {
        FsResult<InodeAttributes> attributes = await source.Files.GetAttributesAsync(source.Caller, FsLimits.RootInode);
        var root = new TreeEntry(parent: null, [], attributes.Ok ? attributes.Value : throw new CopyException("The source cannot be looked at", attributes.Error))
        {
            Target = FsLimits.RootInode,
        };
        await copier.FinishAsync(root);
        await verifier.CompareRootAsync(root);
    }

    private static async Task RequireFinishedAsync(CopyPlace source)
    {
        FsResult<InodeAttributes> found = await source.Files.LookupAsync(source.Caller, FsLimits.RootInode, CopyState.Name);
        if (found.Ok)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"{source.Name} has a directory {Encoding.ASCII.GetString(CopyState.Name)} in it: a copy into it was not finished.",
                "Finish it by the same command that began it; or remove the directory, if it is not to be finished.");
        }
    }
}
