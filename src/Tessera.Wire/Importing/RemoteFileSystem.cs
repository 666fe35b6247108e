using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>The files at the other end of a session as a file system. Names and attributes are cached by the kernel above, for as long as its door says.</summary>
/// <remarks>While no connection is there operations wait; when the session is over they fail with ENOTCONN.</remarks>
public sealed partial class RemoteFileSystem : IFileSystem, IDisposable
{
    /// <summary>Who has not opened a file before these change may not be let in after.</summary>
    private const AttributeMask Rights = AttributeMask.Mode | AttributeMask.Uid | AttributeMask.Gid;

    private readonly ImportSession session;
    private readonly Foresight ahead;
    private readonly Func<ulong, bool> isDirty;
    private readonly bool isStrict;
    private readonly ShownLengths lengths = new();
    private readonly RemoteListings listings;
    private readonly ConcurrentDictionary<ulong, RemoteFile> open = new();

    public RemoteFileSystem(ImportSession session, RemoteFileSystemOptions? options = null)
    {
        this.session = session;
        options ??= new RemoteFileSystemOptions();
        isStrict = options.Caching == RemoteCaching.Strict;
        ahead = new Foresight(session, options, new ChangeClock());
        isDirty = IsDirty;
        session.OnChange = Changed;
        Locks = new RemoteLocks(this);
        listings = new RemoteListings(this, session, ahead);
        push = new Timer(_ => Push(), state: null, HoldTime, HoldTime);
    }

    /// <summary>Told, in their order, of what others change at the exporter, once this end has forgotten what it knew of it; must not wait.</summary>
    public Action<FileChange>? OnChange { get; set; }

    /// <summary>A lock is had: what is known of the inode from before may not be so any more. Must not wait.</summary>
    public Action<ulong>? OnLocked { get; set; }

    /// <summary>Locks, where the session has them (<see cref="WireFeatures.Locks"/>).</summary>
    public ILockedFiles Locks { get; }

    /// <summary>Files open at the exporter.</summary>
    public int OpenFiles => open.Count;

    /// <summary>Inodes told of by the exporter and not given back.</summary>
    public int KnownInodes => session.Inodes.Count;

    /// <summary>Files of which something that was written is not at the exporter yet, or was a moment ago.</summary>
    public int WrittenFiles => written.Count;

    /// <summary>Directories of which something is known.</summary>
    public int KnownDirectories => ahead.Directories.Count;

    /// <summary>Requests sent before a program asked, so far.</summary>
    public long RequestsAhead => ahead.Requests;

    /// <summary>Of these, under way.</summary>
    public int AheadUnderWay => ahead.UnderWay;

    /// <summary>How long what came with more than was asked for is believed.</summary>
    public TimeSpan BelievedFor => ahead.BelievedFor;

    private static ReadOnlySpan<byte> UserAttributes => "user."u8;

    /// <summary>Answered from what listings told, where they did so lately. A name of another directory is asked for, and the directory's listing beside it: others
    /// of its names will follow.</summary>
    public ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        if (!TryLookUp(parent, name.Span, out FsResult<InodeAttributes> found))
        {
            return LookUpRemoteAsync(caller, parent, name);
        }

        ahead.RenewAhead(caller, parent);
        return new(found);
    }

    public void Dispose() => push.Dispose();

    /// <summary>An inode that is known is on its way to the door once more, from somewhere else than here.</summary>
    public void Hold(ulong ino) => _ = session.Inodes.Hold(ino);

    /// <summary>Those the exporter has told of and has not been given back.</summary>
    public ulong[] AllKnownInodes() => session.Inodes.All();

    public void Forget(ulong ino)
    {
        session.Inodes.Release(ino);
        lengths.Forget(ino);
        (ulong Ino, uint Times)[] forgotten = session.Inodes.TakeForgotten(WireLimits.MaxForgotten / 4, WireLimits.MaxForgotten);
        if (forgotten.Length > 0)
        {
            _ = GiveBackAsync(forgotten);
        }
    }

    public async ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        if (!written.IsEmpty && written.TryGetValue(ino, out WriteBehind? behind) && behind.TryTell(ahead.Oldest, out InodeAttributes made))
        {
            return made;
        }

        if (ahead.Directories.Attributes.TryFind(ino, ahead.Oldest, out InodeAttributes known))
        {
            ahead.RenewAhead(caller, ino);
            return Told(known);
        }

        if (IsDirty(ino))
        {
            await ArriveAsync(ino).ConfigureAwait(false);
        }

        Moment asked = ahead.Clock.Now;
        FsResult<InodeAttributes> told = await AttributesAsync(caller, AttributesOf(ino)).ConfigureAwait(false);
        if (told.Ok)
        {
            ahead.Directories.Attributes.Keep(told.Value, asked);
        }

        return told;
    }

    /// <summary>The attributes that it has then come with the answer, and are known.</summary>
    public async ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        // chown(2) to whom it is shown as changes nothing; without an owner it takes privileges, and a directory has none.
        bool isMore = (changes.Mask & ~AttributeMask.KillPrivileges) != AttributeMask.None;
        if (!isMore && ahead.Directories.Attributes.TryFind(ino, ahead.Oldest, out InodeAttributes same) && (ModeBits.IsDirectory(same.Mode) || changes.Mask == AttributeMask.None))
        {
            return Told(same);
        }

        ahead.Contents.Drop(ino);
        Moment begun = ahead.Clock.Mark(ino);
        if (await ChangeBehindAsync(caller, ino, changes).ConfigureAwait(false) is { } told)
        {
            return told;
        }

        EndMade(ino);
        await ArriveAsync(ino).ConfigureAwait(false);
        if ((changes.Mask & Rights) != AttributeMask.None)
        {
            await OpenKeptAsync(caller).ConfigureAwait(false);
        }

        if (changes.Mask.HasFlag(AttributeMask.Size))
        {
            Shorten(ino);
        }

        changes.Handle = changes.Handle < FirstOwnHandle ? changes.Handle : 0;
        FsResult<InodeAttributes> changed = await AttributesAsync(caller, new Step { Operation = OpCode.SetAttributes, Ino = ino, Changes = changes }).ConfigureAwait(false);
        if (ahead.Clock.TryEnd(ino, begun, out Moment done) && changed.Ok)
        {
            ahead.Directories.Attributes.KeepOpened(changed.Value, done);
        }

        return changed;
    }

    /// <summary>The kernel at this end has checked; the exporter's host has the last word on each operation.</summary>
    public ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask) => new(FsError.None);

    public ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        BytesAsync(caller, new Step { Operation = OpCode.ReadLink, Ino = ino }, destination);

    /// <summary>A directory that this end makes is known: it is empty.</summary>
    public async ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node)
    {
        Moment asked = ahead.Clock.Now;
        var step = new Step { Operation = OpCode.MakeNode, Ino = parent, Mode = node.Mode, Rdev = node.Rdev, Name = name, OtherName = node.Target };
        FsResult<InodeAttributes> made = await MakeNameAsync(caller, step).ConfigureAwait(false);
        if (made.Ok && ModeBits.IsDirectory(made.Value.Mode))
        {
            ahead.Directories.Begin(made.Value.Ino, asked, isMade: true);
        }

        return made;
    }

    public async ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName)
    {
        EndMade(ino);
        ahead.Clock.Mark(ino);
        FsResult<InodeAttributes> linked = await MakeNameAsync(caller, new Step { Operation = OpCode.Link, Ino = newParent, OtherIno = ino, Name = newName }).ConfigureAwait(false);
        ahead.Clock.Mark(ino);
        return linked;
    }

    public ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        ChangeNamesAsync(caller, new Step { Operation = OpCode.Unlink, Ino = parent, Name = name });

    public ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        ChangeNamesAsync(caller, new Step { Operation = OpCode.RemoveDirectory, Ino = parent, Name = name });

    public ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags) =>
        ChangeNamesAsync(caller, new Step
        {
            Operation = OpCode.Rename, Ino = from.Parent, OtherIno = to.Parent, Flags = (uint)flags, Name = from.Name, OtherName = to.Name,
        });

    /// <summary>A directory needs no opening at the exporter: its cookies are good without.</summary>
    public ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) => new(FsLimits.RootInode);

    public ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink) => listings.ReadAsync(caller, ino, cookie, sink);

    public ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle)
    {
        listings.Release(ino);
        return new(FsError.None);
    }

    /// <summary>Only users' own attributes travel; of others there are none, which costs no round trip.</summary>
    public ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        name.Span.StartsWith(UserAttributes)
            ? ChangeAsync(caller, new Step { Operation = OpCode.SetXattr, Ino = ino, Name = name, Data = value, Flags = (uint)flags })
            : new(FsError.NotSupported);

    public ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        name.Span.StartsWith(UserAttributes)
            ? ValueAsync(caller, new Step { Operation = OpCode.GetXattr, Ino = ino, Name = name, Length = (ulong)destination.Length }, destination)
            : new(FsError.NotSupported);

    public ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        ValueAsync(caller, new Step { Operation = OpCode.ListXattrs, Ino = ino, Length = (ulong)destination.Length }, destination);

    public ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        name.Span.StartsWith(UserAttributes)
            ? ChangeAsync(caller, new Step { Operation = OpCode.RemoveXattr, Ino = ino, Name = name })
            : new(FsError.NotSupported);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Statistics });
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        FileSystemStatistics statistics = slot.Statistics;
        session.Release(slot);
        return error == FsError.None ? statistics : error;
    }

    private void Changed(FileChange change)
    {
        ahead.Changed(change);
        foreach ((ulong ino, WriteBehind behind) in written)
        {
            if (change.Kinds == ChangeKinds.Everything || change.Ino == ino)
            {
                behind.EndMade();
                behind.Shorten(); // They may have cut it short.
            }
        }

        OnChange?.Invoke(change);
    }

    /// <summary>Attributes on their way to the door.</summary>
    internal InodeAttributes Told(in InodeAttributes attributes)
    {
        InodeAttributes told = Overlay(attributes);
        ahead.Told(told);
        if (ahead.AsksOnOpen && ModeBits.IsRegular(told.Mode))
        {
            lengths.Tell(told.Ino, told.Size);
        }

        return told;
    }

    /// <summary>The same of attributes that the exporter told just now.</summary>
    private InodeAttributes Heard(in InodeAttributes attributes)
    {
        ahead.Directories.Heard(attributes);
        return Told(attributes);
    }

    private bool TryLookUp(ulong parent, ReadOnlySpan<byte> name, out FsResult<InodeAttributes> found)
    {
        LookupAnswer answer = ahead.Directories.Find(parent, name, ahead.Oldest, out InodeAttributes attributes);
        found = answer == LookupAnswer.Present ? Told(attributes) : FsError.NotFound;
        return answer != LookupAnswer.Unknown;
    }

    /// <summary>With a directory comes what is in it, where that is little: it is looked into next.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<InodeAttributes>> LookUpRemoteAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        if (ahead.Directories.Of(parent, ahead.Oldest) is { Loaded.IsCompleted: false } coming)
        {
            await coming.Loaded.ConfigureAwait(false);
            if (TryLookUp(parent, name.Span, out FsResult<InodeAttributes> found))
            {
                return found;
            }
        }

        ahead.ListOneAhead(caller, parent);
        Moment asked = ahead.Clock.Now;
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Lookup, Ino = parent, Name = name });
        if (!isStrict)
        {
            slot.Add(new Step { Operation = OpCode.ReadDirectory, Length = Foresight.FoundListingBytes, Flags = StepTable.WithAttributes });
            slot.Add(new Step { Operation = OpCode.GetAttributes });
        }

        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (InodeAttributes attributes, InodeAttributes listed, int succeeded, ListingChunk? listing) = (slot.Attributes, slot.LastAttributes, slot.Succeeded, slot.Listing);
        session.Release(slot);
        if (succeeded == 0)
        {
            return ahead.Noted(error, parent);
        }

        InodeAttributes told = Heard(attributes);
        if (listing is not null)
        {
            listing.Date(asked, FileVersion.Of(attributes));
            ahead.Directories.AddFound(attributes.Ino, listing, ahead.Oldest);
            ahead.Directories.Attributes.Keep(listed, asked);
            listing.Drop();
        }

        return told;
    }

    /// <summary>A change of an inode.</summary>
    private async ValueTask<FsError> ChangeAsync(Caller caller, Step step)
    {
        ahead.Clock.Mark(step.Ino);
        FsError error = await DoneAsync(caller, step).ConfigureAwait(false);
        ahead.Clock.Mark(step.Ino);
        return error;
    }

    /// <summary>A name is taken away or moved; what had it and is still open here is opened at the exporter before. The attributes that the directory has then come with the answer.</summary>
    private async ValueTask<FsError> ChangeNamesAsync(Caller caller, Step step)
    {
        ulong unlinked = step.Operation == OpCode.Unlink ? ahead.Directories.InoOf(step.Ino, step.Name.Span, ahead.Oldest) : 0;
        await OpenKeptAsync(caller, only: unlinked).ConfigureAwait(false);
        DirectoryEntry from = new(step.Ino, step.Name);
        DirectoryEntry last = step.Operation == OpCode.Rename ? new DirectoryEntry(step.OtherIno, step.OtherName) : from;
        ahead.Clock.MarkUnlinked(unlinked);
        ahead.Directories.Touch(from.Parent, from.Name.Span);
        Moment begun = ahead.Directories.Touch(last.Parent, last.Name.Span);
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        slot.Add(AttributesOf(last.Parent));
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (InodeAttributes directory, int succeeded) = (slot.LastAttributes, slot.Succeeded);
        session.Release(slot);
        ahead.Clock.MarkUnlinked(unlinked);
        if (from.Parent == last.Parent)
        {
            ahead.Directories.TouchName(from.Parent, from.Name.Span);
        }
        else
        {
            ahead.Directories.Touch(from.Parent, from.Name.Span);
        }

        ahead.Directories.EndTouch(last, begun, directory);
        return succeeded > 0 ? FsError.None : error;
    }

    /// <summary>Makes a name; the attributes that the directory has then come with the answer.</summary>
    private async ValueTask<FsResult<InodeAttributes>> MakeNameAsync(Caller caller, Step step)
    {
        Moment begun = ahead.Directories.Touch(step.Ino, step.Name.Span);
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        slot.Add(AttributesOf(step.Ino));
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (InodeAttributes made, InodeAttributes directory, int succeeded) = (slot.Attributes, slot.LastAttributes, slot.Succeeded);
        session.Release(slot);
        if (succeeded > 0)
        {
            ahead.Directories.Attributes.KeepOpened(made, begun);
        }

        ahead.Directories.EndTouch(new DirectoryEntry(step.Ino, step.Name), begun, succeeded > 1 ? directory : default, succeeded > 0 ? made.Ino : 0);
        return succeeded > 0 ? Heard(made) : ahead.Noted(error, step.Ino);
    }

    private static Step AttributesOf(ulong ino) => new() { Operation = OpCode.GetAttributes, Ino = ino };

    /// <summary>What was known of an inode may not be so any more.</summary>
    internal void Distrust(ulong ino)
    {
        ahead.Contents.Drop(ino);
        ahead.Clock.Mark(ino);
        OnLocked?.Invoke(ino);
    }
}
