using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Sets the flags of chattr(1), last of all: an immutable file takes neither links nor names any more, an immutable directory no entries.</summary>
internal sealed class FlagSetter(CopyPlace target, CopyTally tally) : ITreeVisitor
{
    public async ValueTask<bool> EnterAsync(TreeEntry directory)
    {
        directory.Target = directory.Parent is null ? FsLimits.RootInode : await FindAsync(directory);
        return directory.Target != 0;
    }

    public async ValueTask VisitAsync(TreeEntry entry)
    {
        if (entry.Source.Flags != InodeFlags.None)
        {
            entry.Target = await FindAsync(entry);
            await SetAsync(entry);
        }
    }

    public ValueTask LeaveAsync(TreeEntry directory) => SetAsync(directory);

    /// <summary>0: not there, as was told already.</summary>
    private async ValueTask<ulong> FindAsync(TreeEntry entry)
    {
        FsResult<InodeAttributes> there = await target.Files.LookupAsync(target.Caller, entry.Parent!.Target, entry.Name);
        return there.Ok ? there.Value.Ino : 0;
    }

    private async ValueTask SetAsync(TreeEntry entry)
    {
        if (entry.Target == 0 || entry.Source.Flags == InodeFlags.None)
        {
            return;
        }

        var changes = new AttributeChanges { Mask = AttributeMask.Flags, Flags = entry.Source.Flags };
        FsResult<InodeAttributes> set = await target.Files.SetAttributesAsync(target.Caller, entry.Target, changes);
        if (!set.Ok)
        {
            tally.LeaveOut(entry.Path, $"cannot keep its flags ({entry.Source.Flags}) there");
        }
    }
}
