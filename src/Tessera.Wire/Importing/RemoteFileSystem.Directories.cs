using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <content>Listings: they come in large parts, with attributes, and are handed to the kernel piece by piece.</content>
public sealed partial class RemoteFileSystem
{
    /// <summary>Directories that are read at once before the one read longest ago begins anew where it was.</summary>
    private const int MaxListings = 64;

    private readonly LinkedList<RemoteListing> listings = new();

    /// <summary>A directory needs no opening at the exporter: its cookies are good without.</summary>
    public ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) => new(FsLimits.RootInode);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
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
                (FsError error, ListingChunk? chunk) = await FetchAsync(caller, ino, next).ConfigureAwait(false);
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

    public ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle)
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

        return new(FsError.None);
    }

    /// <summary>Gives entries until the sink is full (false) or the part ends.</summary>
    private bool Give(RemoteListing listing, IDirectorySink sink, ref ulong next)
    {
        int position = listing.Position;
        while (listing.Chunk!.TryReadAt(ref position, out ListedEntry entry))
        {
            // Held before it is given: the door may forget it at once.
            bool isHeldNow = entry.IsReference && sink.WantsAttributes && session.Inodes.Hold(entry.Attributes.Ino);
            InodeAttributes attributes = entry.IsDotOrDotDot ? entry.Attributes with { Ino = 0 } : Overlay(entry.Attributes);
            if (!sink.TryAdd(entry.Name, entry.Cookie, attributes))
            {
                if (isHeldNow)
                {
                    session.Inodes.Release(entry.Attributes.Ino);
                }

                return false;
            }

            next = entry.Cookie;
            listing.Advance(position, next);
        }

        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(FsError Error, ListingChunk? Chunk)> FetchAsync(Caller caller, ulong ino, ulong cookie)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(new Step { Operation = OpCode.ReadDirectory, Ino = ino, Offset = cookie, Length = WireLimits.MaxListing, Flags = StepTable.WithAttributes });
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ListingChunk? chunk = slot.Listing;
        session.Release(slot);
        return (error, chunk);
    }

    private RemoteListing ListingOf(ulong ino)
    {
        lock (listings)
        {
            foreach (RemoteListing known in listings)
            {
                if (known.Ino == ino)
                {
                    return known;
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
