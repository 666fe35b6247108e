using System.Buffers;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>What is known ahead of its asking, and for how long; and what is asked for before a program does: listings of directories whose names are looked up, or that a walk
/// comes to next, and the files that a reader of a directory comes to next.</summary>
internal sealed class Foresight(ImportSession session, RemoteFileSystemOptions options, ChangeClock clock)
{
    /// <summary>Files up to this size come with their open, or ahead of it.</summary>
    public const int WholeFileBytes = 64 << 10;

    /// <summary>Requests ahead that are under way at once, of the session's slots.</summary>
    private const int MaxAhead = 48;

    /// <summary>Bytes of a listing that was not asked for by a program: some 450 names.</summary>
    private const int AheadListingBytes = 64 << 10;

    /// <summary>Bytes of a listing that comes with a directory that is looked up: some 110 names. A longer one is not kept.</summary>
    public const int FoundListingBytes = 16 << 10;

    /// <summary>Directories that are asked for when a walk comes to one: half of them in it, the others after it.</summary>
    private const int DirectoriesAhead = 32;

    /// <summary>Files whose content is here, or asked for, before a program that goes through a directory comes to them.</summary>
    private const int FilesAhead = 24;

    /// <summary>What came is believed for so many round trips, so that a walk over a long line is not slower for having to ask again.</summary>
    private const int BelievedRoundTrips = 30;

    /// <summary>On a line so long a directory that is in use is listed anew before what is known of it is too old.</summary>
    private static readonly TimeSpan RenewsFrom = TimeSpan.FromMilliseconds(20);

    /// <summary>Bytes of files that are asked for ahead at once: what a program asks for meanwhile waits behind them.</summary>
    private const int MaxBytesAhead = 1 << 20;

    private int ahead;
    private int bytesAhead;
    private long requestsAhead;
    private long walking = long.MinValue;

    /// <summary>Requests sent before a program asked, so far.</summary>
    public long Requests => Interlocked.Read(ref requestsAhead);

    /// <summary>Of these, under way.</summary>
    public int UnderWay => Volatile.Read(ref ahead);

    public ChangeClock Clock { get; } = clock;

    public KnownDirectories Directories { get; } = new(session.Inodes, clock);

    public KeptContents Contents { get; } = new(clock);

    /// <summary>How long what came with more than was asked for is believed.</summary>
    public TimeSpan BelievedFor
    {
        get
        {
            TimeSpan walk = session.RoundTrip * BelievedRoundTrips;
            return walk < options.Freshness ? options.Freshness : walk > options.MostFreshness ? options.MostFreshness : walk;
        }
    }

    /// <summary>What was asked for before this is too old.</summary>
    public long Oldest => options.Caching == RemoteCaching.Strict ? long.MaxValue : Environment.TickCount64 - (long)BelievedFor.TotalMilliseconds;

    /// <summary>Content that is here is not enough to open a file.</summary>
    public bool AsksOnOpen => options.Caching != RemoteCaching.Told;

    /// <summary>Attributes on their way to the door: what is known of other versions goes.</summary>
    public void Told(in InodeAttributes attributes)
    {
        Directories.Attributes.Told(attributes);
        if (ModeBits.IsDirectory(attributes.Mode))
        {
            Directories.Told(attributes);
        }
        else
        {
            Contents.Told(attributes);
        }
    }

    /// <summary>Forgets what is too old.</summary>
    public void Sweep()
    {
        Directories.Sweep(Oldest);
        Contents.Sweep(Oldest);
    }

    /// <summary>A program has read a file whose content was here.</summary>
    public void WasUseful() => Volatile.Write(ref walking, Environment.TickCount64);

    /// <summary>The exporter says that an inode is not what it was known as.</summary>
    public FsError Noted(FsError error, ulong ino)
    {
        if (error == FsError.Stale)
        {
            Clock.Mark(ino);
            Directories.Drop(ino);
        }

        return error;
    }

    /// <summary>Others changed something at the exporter: what was known of it goes, and what is being asked of it now will not be believed.</summary>
    public void Changed(FileChange change)
    {
        if (change.Kinds == ChangeKinds.Everything)
        {
            Clock.MarkAll();
            Directories.Clear();
            Contents.Sweep(long.MaxValue);
            return;
        }

        Forget(change.Name.Parent);
        if (change.Ino != 0)
        {
            Clock.Mark(change.Ino);
            Contents.Drop(change.Ino);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Renamed))
        {
            Forget(change.NewName.Parent);
        }

        if ((change.Kinds & (ChangeKinds.Created | ChangeKinds.Deleted | ChangeKinds.Renamed)) != ChangeKinds.None)
        {
            Clock.MarkUnlinked();
        }
    }

    private void Forget(ulong directory)
    {
        Clock.Mark(directory);
        Directories.Drop(directory);
    }

    /// <summary>A program has begun to list a directory.</summary>
    public void ListAhead(Caller caller, ulong ino)
    {
        Span<ulong> next = stackalloc ulong[DirectoriesAhead];
        int count = Directories.TakeAhead(ino, next);
        foreach (ulong directory in next[..count])
        {
            ListOneAhead(caller, directory);
        }
    }

    public void ListOneAhead(Caller caller, ulong ino)
    {
        if (!TryGoAhead())
        {
            return;
        }

        Moment asked = Clock.Now;
        if (Directories.TryBegin(ino, asked, Oldest) is { } directory)
        {
            _ = ListAheadAsync(caller, directory);
        }
        else
        {
            Interlocked.Decrement(ref ahead);
        }
    }

    private async Task ListAheadAsync(Caller caller, KnownDirectory directory)
    {
        Interlocked.Increment(ref requestsAhead);
        (_, ListingChunk? chunk) = await FetchAsync(caller, directory.Ino, cookie: 0, AheadListingBytes).ConfigureAwait(false);
        Directories.Add(directory, chunk, after: 0);
        chunk?.Drop();
        Interlocked.Decrement(ref ahead);
    }

    /// <summary>A program uses what is known of a directory. Nobody is to wait because it gets too old meanwhile: it is listed anew when half of its time is over.</summary>
    public void RenewAhead(Caller caller, ulong ino)
    {
        if (session.RoundTrip < RenewsFrom)
        {
            return;
        }

        Moment now = Clock.Now;
        long half = now.Tick - (long)(BelievedFor / 2).TotalMilliseconds;
        if (!TryGoAhead())
        {
            return;
        }

        if (Directories.TryBeginRenewal(ino, now, half) is { } renewal)
        {
            _ = RenewAheadAsync(caller, renewal);
        }
        else
        {
            Interlocked.Decrement(ref ahead);
        }
    }

    private async Task RenewAheadAsync(Caller caller, KnownDirectory renewal)
    {
        Interlocked.Increment(ref requestsAhead);
        (_, ListingChunk? chunk) = await FetchAsync(caller, renewal.Ino, cookie: 0, AheadListingBytes).ConfigureAwait(false);
        Directories.Renew(renewal, chunk);
        chunk?.Drop();
        Interlocked.Decrement(ref ahead);
    }

    /// <summary>A program opens a file for reading.</summary>
    public void ReadAhead(Caller caller, ulong ino, Func<ulong, bool> isDirty)
    {
        if (AsksOnOpen)
        {
            return; // It would come a second time, with the open.
        }

        Span<(ulong Ino, int Size)> next = stackalloc (ulong, int)[FilesAhead];
        bool isWalking = Volatile.Read(ref walking) >= Oldest;
        int count = Directories.TakeFilesAhead(ino, isWalking, WholeFileBytes, next);
        foreach ((ulong file, int size) in next[..count])
        {
            if (!isDirty(file))
            {
                ReadOneAhead(caller, file, size);
            }
        }
    }

    private void ReadOneAhead(Caller caller, ulong ino, int size)
    {
        if (Volatile.Read(ref bytesAhead) > MaxBytesAhead || !TryGoAhead())
        {
            return;
        }

        if (Contents.TryBegin(ino, Clock.Now, size, Oldest) is { } content)
        {
            _ = ReadAheadAsync(caller, content);
        }
        else
        {
            Interlocked.Decrement(ref ahead);
        }
    }

    /// <summary>Opens, reads and closes in one request.</summary>
    private async Task ReadAheadAsync(Caller caller, KeptContent content)
    {
        Interlocked.Increment(ref requestsAhead);
        Interlocked.Add(ref bytesAhead, content.Weight);
        ulong ino = content.Ino;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Max(content.Weight, 1));
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Destination = bytes;
        slot.Add(new Step { Operation = OpCode.Open, Ino = ino, Flags = (uint)OpenFlags.ReadOnly });
        slot.Add(new Step { Operation = OpCode.GetAttributes });
        slot.Add(new Step { Operation = OpCode.Read, Handle = StepTable.HandleBefore, Length = (ulong)bytes.Length, Flags = StepTable.WholeFileOnly });
        slot.Add(new Step { Operation = OpCode.Release, Handle = StepTable.HandleBefore });
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        (int succeeded, ulong handle, int length, InodeAttributes attributes) = (slot.Succeeded, slot.Handle, slot.DataLength, slot.Attributes);
        session.Release(slot);
        if (error == FsError.None && attributes.Size == (ulong)length)
        {
            Contents.Complete(content, bytes, length, FileVersion.Of(attributes));
        }
        else
        {
            ArrayPool<byte>.Shared.Return(bytes);
            Contents.Fail(content);
        }

        Interlocked.Add(ref bytesAhead, -content.Weight);
        Interlocked.Decrement(ref ahead);
        if (succeeded > 0 && error != FsError.None)
        {
            await ReleaseAsync(ino, handle).ConfigureAwait(false);
        }
    }

    /// <summary>Asks for a part of a listing, for the version of the directory that it is of, and for the directory's attributes once it is read: who reads it asks for them next.</summary>
    public async ValueTask<(FsError Error, ListingChunk? Chunk)> FetchAsync(Caller caller, ulong ino, ulong cookie, int length)
    {
        Moment asked = Clock.Now;
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.GetAttributes, Ino = ino });
        slot.Add(new Step { Operation = OpCode.ReadDirectory, Ino = ino, Offset = cookie, Length = (ulong)length, Flags = StepTable.WithAttributes });
        slot.Add(new Step { Operation = OpCode.GetAttributes, Ino = ino });
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ListingChunk? chunk = slot.Listing;
        (FileVersion version, InodeAttributes read, int succeeded) = (FileVersion.Of(slot.Attributes), slot.LastAttributes, slot.Succeeded);
        session.Release(slot);
        chunk?.Date(asked, version);
        if (succeeded > 2)
        {
            Directories.Attributes.Keep(read, asked);
        }

        return (Noted(succeeded > 1 ? FsError.None : error, ino), chunk);
    }

    private async Task ReleaseAsync(ulong ino, ulong handle)
    {
        ImportSlot slot = await session.BeginAsync(Caller.Engine).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.Release, Ino = ino, Handle = handle });
        _ = await session.CallAsync(slot).ConfigureAwait(false);
        session.Release(slot);
    }

    private bool TryGoAhead()
    {
        if (Interlocked.Increment(ref ahead) <= MaxAhead && !session.IsOver && options.Caching != RemoteCaching.Strict)
        {
            return true;
        }

        Interlocked.Decrement(ref ahead);
        return false;
    }
}
