using System.Collections.Concurrent;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>Lists a directory from a cookie on. It takes no lock: entries come and go meanwhile, each that stays is given exactly
/// once.</summary>
internal sealed class DirectoryLister(ContentServices services, InodeTable inodes)
{
    private const int MaxKept = 16;
    private readonly ConcurrentQueue<ListingPage> pages = new();

    public async ValueTask ListAsync(Inode directory, ulong cookie, IDirectorySink sink)
    {
        ulong parent = directory.Record.Parent;
        if (cookie == DirectoryCookie.Start)
        {
            if (!sink.TryAdd("."u8, DirectoryCookie.AfterDot, directory.GetAttributes()))
            {
                return;
            }

            cookie = DirectoryCookie.AfterDot;
        }

        if (cookie == DirectoryCookie.AfterDot)
        {
            InodeAttributes attributes = await AttributesAsync(new EntryRecord(parent, EntryRecord.TypeOf(ModeBits.Directory), 0), sink.WantsAttributes)
                ?? new InodeAttributes { Ino = parent, Mode = ModeBits.Directory };
            if (!sink.TryAdd(".."u8, DirectoryCookie.AfterDotDot, attributes))
            {
                return;
            }

            cookie = DirectoryCookie.AfterDotDot;
        }

        await ListEntriesAsync(directory.Ino, cookie, sink);
    }

    private async ValueTask ListEntriesAsync(ulong directory, ulong cookie, IDirectorySink sink)
    {
        StoreScratch scratch = services.Scratch.Rent();
        ListingPage page = pages.TryDequeue(out ListingPage? kept) ? kept : new ListingPage();
        try
        {
            ulong position = cookie == DirectoryCookie.AfterDotDot ? 0 : DirectoryCookie.PositionOf(cookie);
            int toLength = VolumeKeys.After(scratch.Key2, scratch.Key.AsSpan(0, VolumeKeys.Entries(scratch.Key, directory)));
            do
            {
                int length = VolumeKeys.EntriesAt(scratch.Key, directory, position);
                await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, toLength), scratch.Page);
                position = page.Fill(scratch.Page, cookie);
                if (!await GiveAsync(page, sink))
                {
                    return;
                }
            }
            while (!scratch.Page.Complete);
        }
        finally
        {
            services.Scratch.Return(scratch);
            if (pages.Count < MaxKept)
            {
                pages.Enqueue(page);
            }
        }
    }

    /// <summary>Gives the page's entries to the sink; false when it is full.</summary>
    private async ValueTask<bool> GiveAsync(ListingPage page, IDirectorySink sink)
    {
        for (int i = 0; i < page.Count; i++)
        {
            InodeAttributes? attributes = await AttributesAsync(page[i].Record, sink.WantsAttributes);
            if (attributes is { } known && !sink.TryAdd(page.NameAt(i), page[i].Cookie, known))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An entry's attributes as far as they are wanted; null when its inode was deleted meanwhile.</summary>
    private async ValueTask<InodeAttributes?> AttributesAsync(EntryRecord entry, bool all)
    {
        if (!all)
        {
            return new InodeAttributes { Ino = entry.Ino, Mode = entry.Mode };
        }

        if (inodes.TryPin(entry.Ino) is { } inode)
        {
            InodeAttributes? known = inode.IsLoaded && !inode.IsGone ? inode.GetAttributes() : null;
            inodes.Unpin(inode);
            if (known is not null)
            {
                return known;
            }
        }

        return await ReadAsync(entry.Ino);
    }

    /// <summary>Reads the record without keeping it: a listing of a million files must not push the working set out of memory.</summary>
    private async ValueTask<InodeAttributes?> ReadAsync(ulong ino)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = VolumeKeys.Inode(scratch.Key, ino);
            StoreEntry entry = await services.Store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            return entry.Found ? InodeRecord.Decode(scratch.Value.AsSpan(0, entry.Length)).ToAttributes(ino, 0) : null;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }
}
