using System.Buffers;
using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Files;

/// <summary>Extended attributes in the store: a value's pieces under consecutive keys, the first preceded by the value's length (u32).
/// Callers hold the inode's lock.</summary>
internal sealed class XattrStore(ContentServices services)
{
    private const int HeaderLength = 4;

    /// <summary>The value's length, and its bytes in <paramref name="destination"/> if they fit; −1 when there is no such
    /// attribute.</summary>
    public async ValueTask<int> GetAsync(ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int total = -1;
            int copied = 0;
            for (int chunk = 0; total < 0 || copied < total; chunk++)
            {
                int keyLength = VolumeKeys.Xattr(scratch.Key, ino, name.Span, chunk);
                StoreEntry entry = await services.Store.GetAsync(scratch.Key.AsMemory(0, keyLength), scratch.Value);
                if (!entry.Found && chunk == 0)
                {
                    return -1;
                }

                int skip = chunk == 0 ? HeaderLength : 0;
                if (!entry.Found || entry.Length < skip)
                {
                    throw new StoreDamageException($"An extended attribute of inode {ino} is incomplete.");
                }

                if (chunk == 0)
                {
                    total = BinaryPrimitives.ReadInt32LittleEndian(scratch.Value);
                    if (total > destination.Length)
                    {
                        return total;
                    }
                }

                scratch.Value.AsSpan(skip, entry.Length - skip).CopyTo(destination.Span[copied..]);
                copied += entry.Length - skip;
            }

            return total;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Whether the attribute has this value already. What cannot be read is another one.</summary>
    public async ValueTask<bool> HoldsAsync(ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value)
    {
        byte[] stored = ArrayPool<byte>.Shared.Rent(Math.Max(1, value.Length));
        try
        {
            return await GetAsync(ino, name, stored.AsMemory(0, value.Length)) == value.Length && stored.AsSpan(0, value.Length).SequenceEqual(value.Span);
        }
        catch (StoreDamageException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    /// <summary>Puts a value over one of <paramref name="oldLength"/> bytes (−1: none).</summary>
    public static void Put(StoreBatch batch, ulong ino, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int oldLength)
    {
        Span<byte> key = stackalloc byte[StoreLimits.MaxKey];
        Span<byte> piece = stackalloc byte[HeaderLength + VolumeLimits.XattrChunk];
        BinaryPrimitives.WriteInt32LittleEndian(piece, value.Length);
        int header = HeaderLength;
        int chunk = 0;
        do
        {
            int count = Math.Min(value.Length, VolumeLimits.XattrChunk);
            value[..count].CopyTo(piece[header..]);
            batch.Put(key[..VolumeKeys.Xattr(key, ino, name, chunk++)], piece[..(header + count)]);
            value = value[count..];
            header = 0;
        }
        while (!value.IsEmpty);
        DeleteChunks(batch, ino, name, chunk, oldLength);
    }

    public static void Delete(StoreBatch batch, ulong ino, ReadOnlySpan<byte> name, int oldLength) => DeleteChunks(batch, ino, name, 0, oldLength);

    /// <summary>Hands each name to <paramref name="visit"/>, in the order of bytes.</summary>
    public async ValueTask ListAsync(ulong ino, NameVisitor visit)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = VolumeKeys.Xattrs(scratch.Key, ino);
            int toLength = VolumeKeys.After(scratch.Key2, scratch.Key.AsSpan(0, length));
            do
            {
                await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, toLength), scratch.Page);
                foreach (ScanPage.Entry entry in scratch.Page)
                {
                    if (entry.Key[^1] == 0)
                    {
                        visit(VolumeKeys.XattrNameOf(entry.Key));
                    }
                }

                length = scratch.Page.LastKey.Length;
                scratch.Page.LastKey.CopyTo(scratch.Key);
                scratch.Key[length++] = 0;
            }
            while (!scratch.Page.Complete);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    private static void DeleteChunks(StoreBatch batch, ulong ino, ReadOnlySpan<byte> name, int from, int oldLength)
    {
        Span<byte> key = stackalloc byte[StoreLimits.MaxKey];
        int oldChunks = oldLength < 0 ? 0 : Math.Max(1, (oldLength + VolumeLimits.XattrChunk - 1) / VolumeLimits.XattrChunk);
        for (int chunk = from; chunk < oldChunks; chunk++)
        {
            batch.Delete(key[..VolumeKeys.Xattr(key, ino, name, chunk)]);
        }
    }

    internal delegate void NameVisitor(ReadOnlySpan<byte> name);
}
