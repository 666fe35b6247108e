using Tessera.Content;
using Tessera.Core;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>Directory entries in the store, and the cache of them. Callers hold the name's lock in <see cref="EntryLocks"/>, save for
/// <see cref="TryGetCached"/>.</summary>
internal sealed class DirectoryStore(ContentServices services, int cachedNames)
{
    private readonly NameCache cache = new(cachedNames);
    private readonly StripedCounter misses = new();

    /// <summary>The cache of names: entries, and how often one was there, existing or known not to.</summary>
    public CacheCounters Names => new(cache.Count, cachedNames, cache.Hits, misses.Value);

    public bool TryGetCached(in EntryName name, out FoundEntry found) => cache.TryGet(name, out found);

    /// <summary>Looks a name up: in the cache, else by one read of the store.</summary>
    public ValueTask<FoundEntry> FindAsync(EntryName name) =>
        cache.TryGet(name, out FoundEntry found) ? new(found) : ReadAsync(name);

    /// <summary>Forgets what the cache knows and reads the store.</summary>
    public ValueTask<FoundEntry> FindAgainAsync(EntryName name)
    {
        cache.Remove(name);
        return ReadAsync(name);
    }

    /// <summary>Puts a new entry into the batch, which then fails if the name exists.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="name">The name.</param>
    /// <param name="record">What it names.</param>
    /// <param name="alone">No other name is known at the position: the batch fails if there is one, and a free ordinal is to be
    /// found.</param>
    public static void Create(StoreBatch batch, in EntryName name, in EntryRecord record, bool alone)
    {
        Span<byte> key = stackalloc byte[StoreLimits.MaxKey];
        if (alone)
        {
            batch.CheckPrefixEmpty(key[..VolumeKeys.EntriesAt(key, name.Parent, name.Position)]);
        }
        else
        {
            batch.CheckAbsent(key[..VolumeKeys.Entry(key, name.Parent, name.Position, name.Bytes.Span)]);
        }

        Put(batch, name, record);
    }

    /// <summary>Points an entry, checked to be as it was found, at another inode.</summary>
    public static void Replace(StoreBatch batch, in EntryName name, in FoundEntry found, in EntryRecord record)
    {
        Span<byte> key = stackalloc byte[StoreLimits.MaxKey];
        batch.CheckVersion(key[..VolumeKeys.Entry(key, name.Parent, name.Position, name.Bytes.Span)], found.Version);
        Put(batch, name, record with { Ordinal = found.Record.Ordinal });
    }

    /// <summary>Deletes an entry, checked to be as it was found.</summary>
    public static void Delete(StoreBatch batch, in EntryName name, in FoundEntry found)
    {
        Span<byte> key = stackalloc byte[StoreLimits.MaxKey];
        key = key[..VolumeKeys.Entry(key, name.Parent, name.Position, name.Bytes.Span)];
        batch.CheckVersion(key, found.Version);
        batch.Delete(key);
    }

    /// <summary>A batch changed the entry and was committed.</summary>
    public void NoteCommitted(in EntryName name, in EntryRecord record, ulong sequence) => cache.Set(name, new FoundEntry(true, record, sequence));

    public void NoteDeleted(in EntryName name) => cache.Set(name, default);

    /// <summary>After a create failed its check: an ordinal free among the names at the position; null when there is none.</summary>
    public async ValueTask<byte?> FindOrdinalAsync(EntryName name)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = VolumeKeys.EntriesAt(scratch.Key, name.Parent, name.Position);
            int afterLength = VolumeKeys.After(scratch.Key2, scratch.Key.AsSpan(0, length));
            await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, afterLength), scratch.Page);
            uint taken = 0;
            foreach (ScanPage.Entry entry in scratch.Page)
            {
                taken |= 1U << EntryRecord.Decode(entry.Value).Ordinal;
            }

            int free = System.Numerics.BitOperations.TrailingZeroCount(~taken);
            return free < VolumeLimits.MaxTies ? (byte)free : null;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    public async ValueTask<bool> IsEmptyAsync(ulong directory)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = VolumeKeys.Entries(scratch.Key, directory);
            int afterLength = VolumeKeys.After(scratch.Key2, scratch.Key.AsSpan(0, length));
            await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, afterLength), scratch.Page);
            return scratch.Page.Count == 0;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    private static void Put(StoreBatch batch, in EntryName name, in EntryRecord record)
    {
        Span<byte> key = stackalloc byte[StoreLimits.MaxKey];
        Span<byte> value = stackalloc byte[EntryRecord.Size];
        record.Encode(value);
        batch.Put(key[..VolumeKeys.Entry(key, name.Parent, name.Position, name.Bytes.Span)], value);
    }

    private async ValueTask<FoundEntry> ReadAsync(EntryName name)
    {
        misses.Increment();
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = VolumeKeys.Entry(scratch.Key, name.Parent, name.Position, name.Bytes.Span);
            StoreEntry entry = await services.Store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            FoundEntry found = entry.Found
                ? new FoundEntry(true, EntryRecord.Decode(scratch.Value.AsSpan(0, entry.Length)), entry.Version)
                : default;
            cache.Set(name, found);
            return found;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }
}
