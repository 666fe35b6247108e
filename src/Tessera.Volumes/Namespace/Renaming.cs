using Tessera.Core.FileSystem;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>One rename(2): what is moved, what is in its way, and what that means for links and parents. Decides; does no I/O but for access lists.</summary>
internal sealed class Renaming(Caller caller, EntryName from, EntryName to, RenameFlags flags)
{
    public Caller Caller { get; } = caller;

    public EntryName From { get; } = from;

    public EntryName To { get; } = to;

    public required Inode FromParent { get; init; }

    public required Inode ToParent { get; init; }

    public FoundEntry Source { get; set; }

    public FoundEntry Target { get; set; }

    public bool IsExchange => flags.HasFlag(RenameFlags.Exchange);

    /// <summary>A character device 0:0 takes the old name: layered file systems (overlayfs) mark so what they hide.</summary>
    public bool LeavesWhiteout => flags.HasFlag(RenameFlags.Whiteout);

    /// <summary>What takes the old name then.</summary>
    public (EntryRecord Entry, NewInode Inode) Whiteout { get; set; }

    public bool SameParent => From.Parent == To.Parent;

    /// <summary>A directory gets another parent: then cycles are possible.</summary>
    public bool MovesDirectory => !SameParent && (Source.IsDirectory || (IsExchange && Target.IsDirectory));

    public bool ReplacesDirectory => !IsExchange && Target.IsDirectory;

    /// <summary>Both names are one inode's: rename(2) does nothing and succeeds.</summary>
    public bool IsNothing => Target.Found && Source.Ino == Target.Ino;

    public int TargetLinks => IsExchange ? 0 : Target.IsDirectory ? -2 : -1;

    public ulong? SourceParentAfter => Source.IsDirectory ? To.Parent : null;

    public ulong? TargetParentAfter => IsExchange && Target.IsDirectory ? From.Parent : null;

    /// <summary>What changes in the old parent; in both, when they are one.</summary>
    public ParentChange FromChange => SameParent
        ? new ParentChange(ReplacesDirectory ? -1 : 0, (Target.Found && !IsExchange ? -1 : 0) + (LeavesWhiteout ? 1 : 0))
        : new ParentChange(IsExchange ? Directories(Target) - Directories(Source) : -Directories(Source), IsExchange || LeavesWhiteout ? 0 : -1);

    public ParentChange ToChange => IsExchange
        ? new ParentChange(Directories(Source) - Directories(Target), 0)
        : new ParentChange(Directories(Source) - Directories(Target), Target.Found ? 0 : 1);

    /// <summary>What the names alone decide.</summary>
    public FsError CheckEntries()
    {
        if (!Source.Found || (IsExchange && !Target.Found))
        {
            return FsError.NotFound;
        }

        if (flags.HasFlag(RenameFlags.NoReplace) && Target.Found)
        {
            return FsError.Exists;
        }

        if (IsExchange || !Target.Found || IsNothing)
        {
            return FsError.None;
        }

        return Source.IsDirectory && !Target.IsDirectory ? FsError.NotDirectory
            : !Source.IsDirectory && Target.IsDirectory ? FsError.IsDirectory
            : FsError.None;
    }

    /// <summary>What the inodes decide; their locks are held.</summary>
    public async ValueTask<FsError> CheckRightsAsync(AccessCheck access, Inode source, Inode? target)
    {
        if (FromParent.Record.Links == 0 || ToParent.Record.Links == 0)
        {
            return FsError.NotFound;
        }

        byte[]? fromList = await access.ListForAsync(Caller, FromParent);
        byte[]? toList = SameParent ? fromList : await access.ListForAsync(Caller, ToParent);
        FsError error = Permissions.CheckRemoval(Caller, FromParent.Record, fromList, source.Record);
        if (error == FsError.None)
        {
            error = target is null
                ? Permissions.Check(Caller, ToParent.Record, toList, Permissions.Write | Permissions.Execute)
                : Permissions.CheckRemoval(Caller, ToParent.Record, toList, target.Record);
        }

        // A directory that moves gets a new "..", which is a write to it.
        if (error == FsError.None && !SameParent && Source.IsDirectory)
        {
            error = Permissions.Check(Caller, source.Record, await access.ListForAsync(Caller, source), Permissions.Write);
        }

        if (error == FsError.None && TargetParentAfter is not null && !SameParent)
        {
            error = Permissions.Check(Caller, target!.Record, await access.ListForAsync(Caller, target), Permissions.Write);
        }

        return error;
    }

    private static int Directories(in FoundEntry entry) => entry.IsDirectory ? 1 : 0;
}
