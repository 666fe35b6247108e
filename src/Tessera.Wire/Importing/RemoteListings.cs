using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>Listings: they come in large parts, with attributes, and are handed to the kernel piece by piece.</summary>
/// <param name="files">Whose directories.</param>
/// <param name="session">Tells of them.</param>
/// <param name="ahead">What is known of them.</param>
internal sealed class RemoteListings(RemoteFileSystem files, ImportSession session, Foresight ahead)
{
    /// <summary>Directories that are read at once before the one read longest ago begins anew where it was.</summary>
    private const int MaxListings = 64;

    private readonly LinkedList<RemoteListing> listings = new();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FsError> ReadAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        RemoteListing listing = ListingOf(ino);
        ulong next = cookie;
        bool isFull = false;
        for (bool isFirst = true; !isFull; isFirst = false)
        {
            lock (listing.Gate)
            {
                bool continues = listing.Chunk is not null && listing.Cookie == next && !(isFirst && cookie == 0);
                if (continues)
                {
                    isFull = !Give(listing, sink, ref next);
                    if (isFull || listing.IsAtEnd)
                    {
                        return FsError.None;
                    }
                }
            }

            if (!isFull)
            {
                (FsError error, ListingChunk? chunk) = await PartAsync(caller, ino, next).ConfigureAwait(false);
                if (error != FsError.None || chunk is null)
                {
                    return error;
                }

                lock (listing.Gate)
                {
                    listing.Take(chunk, next);
                }
            }
        }

        return FsError.None;
    }

    /// <summary>A directory is closed: what was kept for who reads it goes.</summary>
    public void Release(ulong ino)
    {
        lock (listings)
        {
            for (LinkedListNode<RemoteListing>? node = listings.First; node is not null; node = node.Next)
            {
                if (node.Value.Ino == ino)
                {
                    listings.Remove(node);
                    Drop(node.Value);
                    break;
                }
            }
        }
    }

    /// <summary>Gives entries until the sink is full (false) or the part ends. What may have changed since the part was asked for goes without attributes: the kernel asks
    /// when it needs them.</summary>
    private bool Give(RemoteListing listing, IDirectorySink sink, ref ulong next)
    {
        ListingChunk chunk = listing.Chunk!;
        bool isCurrent = sink.WantsAttributes && chunk.Asked.Tick >= ahead.Oldest && ahead.Clock.IsUnchanged(listing.Ino, chunk.Asked);
        int position = listing.Position;
        while (chunk.TryReadAt(ref position, out ListedEntry entry))
        {
            InodeAttributes listed = entry.Attributes;
            bool isTold = isCurrent && entry.IsReference && ahead.Directories.IsCurrent(listed, chunk.Asked);
            if (isTold && ahead.Directories.TryFindNewer(listed.Ino, chunk.Asked, ahead.Oldest, out InodeAttributes newer))
            {
                listed = newer;
            }


            // Held before it is given: the door may forget it at once.
            bool isHeldNow = isTold && session.Inodes.Hold(listed.Ino);
            InodeAttributes attributes = isTold ? files.Told(listed) : listed with { Ino = 0, ShownIno = listed.ShownIno == 0 ? listed.Ino : listed.ShownIno };
            if (!sink.TryAdd(entry.Name, entry.Cookie, attributes))
            {
                if (isHeldNow)
                {
                    session.Inodes.Release(listed.Ino);
                }

                return false;
            }

            next = entry.Cookie;
            listing.Advance(position, next);
        }

        return true;
    }

    /// <summary>The part of a listing that comes after a cookie: from what is known, where that is not too old, otherwise from the exporter.</summary>
    private async ValueTask<(FsError Error, ListingChunk? Chunk)> PartAsync(Caller caller, ulong ino, ulong cookie)
    {
        if (ahead.Directories.Of(ino, ahead.Oldest) is { Loaded.IsCompleted: false } coming)
        {
            await coming.Loaded.ConfigureAwait(false);
        }

        FsError error = FsError.None;
        ListingChunk? chunk = ahead.Directories.TryShare(ino, cookie, ahead.Oldest);
        if (chunk is null)
        {
            KnownDirectory? directory = cookie == 0 ? ahead.Directories.Begin(ino, ahead.Clock.Now) : ahead.Directories.Of(ino, ahead.Oldest);
            (error, chunk) = await ahead.FetchAsync(caller, ino, cookie, WireLimits.MaxListing).ConfigureAwait(false);
            if (directory is not null)
            {
                ahead.Directories.Add(directory, chunk, cookie);
            }
        }

        if (cookie == 0 && chunk is not null)
        {
            ahead.ListAhead(caller, ino);
        }

        return (error, chunk);
    }

    private RemoteListing ListingOf(ulong ino)
    {
        lock (listings)
        {
            foreach (RemoteListing other in listings)
            {
                if (other.Ino == ino)
                {
                    return other;
                }
            }

            var listing = new RemoteListing(ino);
            listings.AddLast(listing);
            if (listings.Count > MaxListings)
            {
                Drop(listings.First!.Value);
                listings.RemoveFirst();
            }

            return listing;
        }
    }

    private static void Drop(RemoteListing listing)
    {
        lock (listing.Gate)
        {
            listing.Take(null, 0);
        }
    }
}
