using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Policies;

/// <summary>Refuses with EACCES what the policy does not allow, by the path at which it is done. Names and attributes are told to everybody; what is in files and
/// directories only to those who may read them.</summary>
/// <remarks>A file of several names has the rights that all those give that are known here. An inode whose path is not known is stale: the kernel then looks it up anew.</remarks>
internal sealed class PolicedFileSystem(IFileSystem inner, WorkspacePolicy policy, KnownNames names, StripedCounter denials) : ForwardingFileSystem(inner)
{
    private static ReadOnlySpan<byte> UserAttributes => "user."u8;

    public override ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes) =>
        Refusal(ino, AccessRights.Write) is { } refusal ? new(refusal) : Inner.SetAttributesAsync(caller, ino, changes);

    public override ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        Refusal(ino, AccessRights.Read) is { } refusal ? new(refusal) : Inner.ReadLinkAsync(caller, ino, destination);

    public override ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) =>
        Refusal(parent, name.Span, AccessRights.Write) is { } refusal ? new(refusal) : Inner.MakeNodeAsync(caller, parent, name, node);

    public override ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        Refusal(parent, name.Span, AccessRights.Write | Needed(flags)) is { } refusal ? new(refusal) : Inner.CreateAsync(caller, parent, name, mode, flags);

    public override ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        Refusal(parent, AccessRights.Write | Needed(flags)) is { } refusal ? new(refusal) : Inner.CreateUnnamedAsync(caller, parent, mode, flags);

    public override ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) =>
        LinkRefusal(ino, newParent, newName.Span) is { } refusal ? new(refusal) : Inner.LinkAsync(caller, ino, newParent, newName);

    public override ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        Refusal(parent, name.Span, AccessRights.Delete) is { } refusal ? new(refusal) : Inner.UnlinkAsync(caller, parent, name);

    public override ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        Refusal(parent, name.Span, AccessRights.Delete) is { } refusal ? new(refusal) : Inner.RemoveDirectoryAsync(caller, parent, name);

    public override ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags) =>
        MoveRefusal(from, to) is { } refusal ? new(refusal)
        : flags.HasFlag(RenameFlags.Exchange) && MoveRefusal(to, from) is { } back ? new(back)
        : Inner.RenameAsync(caller, from, to, flags);

    public override ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags) =>
        Refusal(ino, Needed(flags)) is { } refusal ? new(refusal) : Inner.OpenAsync(caller, ino, flags);

    public override ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) =>
        Refusal(ino, AccessRights.Read) is { } refusal ? new(refusal) : Inner.OpenDirectoryAsync(caller, ino);

    public override ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        Refusal(ino, AccessRights.Write) is { } refusal ? new(refusal) : Inner.SetXattrAsync(caller, ino, name, value, flags);

    /// <summary>The kernel itself asks for others than users' own, before it lets a file be written or run; there are none.</summary>
    public override ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        name.Span.StartsWith(UserAttributes) && Refusal(ino, AccessRights.Read) is { } refusal ? new(refusal) : Inner.GetXattrAsync(caller, ino, name, destination);

    public override ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        Refusal(ino, AccessRights.Read) is { } refusal ? new(refusal) : Inner.ListXattrsAsync(caller, ino, destination);

    public override ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        Refusal(ino, AccessRights.Write) is { } refusal ? new(refusal) : Inner.RemoveXattrAsync(caller, ino, name);

    private static AccessRights Needed(OpenFlags flags)
    {
        AccessRights access = flags.HasFlag(OpenFlags.Execute) ? AccessRights.Execute : (flags & OpenFlags.AccessMask) switch
        {
            OpenFlags.ReadOnly => AccessRights.Read,
            OpenFlags.WriteOnly => AccessRights.Write,
            _ => AccessRights.Read | AccessRights.Write,
        };
        return flags.HasFlag(OpenFlags.Truncate) ? access | AccessRights.Write : access;
    }

    private FsError? Refusal(ulong ino, AccessRights needed) => RightsTo(ino) is { } rights ? Unless((rights & needed) == needed) : FsError.Stale;

    private FsError? Refusal(ulong parent, ReadOnlySpan<byte> name, AccessRights needed) =>
        names.PathOf(parent, name) is { } path ? Unless((policy.RightsTo(path) & needed) == needed) : FsError.Stale;

    /// <summary>Another name must not give rights that the file has not got by those it has.</summary>
    private FsError? LinkRefusal(ulong ino, ulong newParent, ReadOnlySpan<byte> newName)
    {
        if (RightsTo(ino) is not { } rights || names.PathOf(newParent, newName) is not { } path)
        {
            return FsError.Stale;
        }

        AccessRights given = policy.RightsTo(path);
        return Unless(given.HasFlag(AccessRights.Write) && (given & ~rights) == AccessRights.None);
    }

    /// <summary>Nor must another place; and what is above a rule's path stays where it is, and keeps the rule's path free.</summary>
    private FsError? MoveRefusal(in DirectoryEntry from, in DirectoryEntry to)
    {
        if (names.PathOf(from.Parent, from.Name.Span) is not { } source || names.PathOf(to.Parent, to.Name.Span) is not { } target)
        {
            return FsError.Stale;
        }

        AccessRights had = policy.RightsTo(source);
        AccessRights given = policy.RightsTo(target);
        return Unless(
            had.HasFlag(AccessRights.Delete) && given.HasFlag(AccessRights.Write) && (given & ~had) == AccessRights.None
            && !policy.HasRulesBeneath(source) && !policy.HasRulesBeneath(target));
    }

    /// <summary>Null: its path is not known.</summary>
    private AccessRights? RightsTo(ulong ino)
    {
        IReadOnlyList<byte[]> paths = names.PathsOf(ino);
        AccessRights rights = AccessRights.All;
        foreach (byte[] path in paths)
        {
            rights &= policy.RightsTo(path);
        }

        return paths.Count == 0 ? null : rights;
    }

    private FsError? Unless(bool isAllowed)
    {
        if (isAllowed)
        {
            return null;
        }

        denials.Increment();
        return FsError.AccessDenied;
    }
}
