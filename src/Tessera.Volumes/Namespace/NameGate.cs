using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>What operations on names have in common: the rules of names, the caller's rights in a directory, the names' locks.</summary>
internal sealed class NameGate(VolumeParts parts)
{
    private readonly InodeTable inodes = parts.Inodes;
    private readonly DirectoryStore directory = parts.Directory;

    public EntryLocks Locks { get; } = new();

    /// <summary>What every change of a directory begins with: the name's and the volume's state, the directory pinned, the caller's
    /// rights.</summary>
    public async ValueTask<(FsError Error, Inode? Parent)> BeginChangeAsync(
        Caller caller, ulong parent, ReadOnlyMemory<byte> name, int mask)
    {
        FsError error = CheckName(name);
        if (error == FsError.None && IsDotOrDotDot(name.Span))
        {
            error = FsError.InvalidArgument;
        }

        if (error == FsError.None && parts.IsReadOnly)
        {
            error = FsError.ReadOnly;
        }

        if (error != FsError.None)
        {
            return (error, null);
        }

        Inode? inode = await inodes.LoadAsync(parent);
        if (inode is null)
        {
            return (FsError.Stale, null);
        }

        error = await parts.Access.CheckDirectoryAsync(caller, inode, mask);
        if (error != FsError.None)
        {
            inodes.Unpin(inode);
            return (error, null);
        }

        return (FsError.None, inode);
    }

    /// <summary>Why a new name was refused, and what to try instead.</summary>
    public async ValueTask<(FsError Error, EntryRecord Entry)> ResolveAsync(CommitStatus status, EntryName name, EntryRecord entry)
    {
        if (status != CommitStatus.CheckFailed)
        {
            return (CommitLog.ToError(status), entry);
        }

        if ((await directory.FindAgainAsync(name)).Found)
        {
            return (FsError.Exists, entry);
        }

        byte? ordinal = await directory.FindOrdinalAsync(name);
        return ordinal is null ? (FsError.NoSpace, entry) : (FsError.None, entry with { Ordinal = ordinal.Value });
    }

    /// <summary>The inode an entry names. Its absence is damage, for both go by one commit.</summary>
    public async ValueTask<Inode> LoadNamedAsync(FoundEntry found, EntryName name) =>
        await inodes.LoadAsync(found.Ino)
        ?? throw new StoreDamageException($"An entry of directory {name.Parent} names inode {found.Ino}, which does not exist.");

    public static FsError CheckName(ReadOnlyMemory<byte> name) =>
        name.Length > FsLimits.MaxName ? FsError.NameTooLong
        : name.IsEmpty || name.Span.IndexOfAny((byte)'/', (byte)0) >= 0 ? FsError.InvalidArgument
        : FsError.None;

    public static bool IsDotOrDotDot(ReadOnlySpan<byte> name) => name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
}
