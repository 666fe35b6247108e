using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Contents of regular files, holes as holes: copies them, and compares them. One buffer for each side, whatever the file.</summary>
internal sealed class ContentCopier(CopyPlace source, CopyPlace target, CopyProgress progress, CancellationToken cancellation)
{
    private readonly byte[] chunk = GC.AllocateUninitializedArray<byte>(CopyLimits.ChunkBytes, pinned: true);
    private readonly byte[] other = GC.AllocateUninitializedArray<byte>(CopyLimits.ChunkBytes, pinned: true);

    /// <summary>Writes a file's bytes from an offset on, and gives it its size. It survives the end of this process when this returns.</summary>
    /// <exception cref="CopyException">Reading or writing was refused, or the file was changed meanwhile.</exception>
    public async ValueTask CopyAsync(TreeEntry entry, ulong ino, ulong handle, ulong offset)
    {
        ulong size = entry.Source.Size;
        if (offset < size)
        {
            ulong from = await OpenAsync(source, entry.Source.Ino);
            try
            {
                await CopyRangesAsync(new FileSpan(entry.Source.Ino, from, offset), new FileSpan(ino, handle, offset), size);
            }
            finally
            {
                _ = await source.Files.ReleaseAsync(entry.Source.Ino, from);
            }
        }

        var end = new AttributeChanges { Mask = AttributeMask.Size, Size = size, Handle = handle };
        FsResult<InodeAttributes> sized = await target.Files.SetAttributesAsync(target.Caller, ino, end);
        FsError error = sized.Ok ? await target.Files.FlushAsync(target.Caller, ino, handle) : sized.Error;
        if (error != FsError.None)
        {
            throw CopyException.OfTarget("cannot be written", error);
        }
    }

    /// <summary>Compares every byte; where both have a hole there is none. The first difference as a sentence, or null.</summary>
    /// <exception cref="CopyException">Reading was refused.</exception>
    public async ValueTask<string?> CompareAsync(TreeEntry entry, InodeAttributes now)
    {
        if (entry.Source.Size != now.Size)
        {
            return $"has {now.Size} bytes instead of {entry.Source.Size}";
        }

        if (now.Size == 0)
        {
            return null;
        }

        ulong left = await OpenAsync(source, entry.Source.Ino);
        try
        {
            ulong right = await OpenAsync(target, now.Ino);
            try
            {
                return await CompareRangesAsync(new FileSpan(entry.Source.Ino, left, 0), new FileSpan(now.Ino, right, 0), now.Size);
            }
            finally
            {
                _ = await target.Files.ReleaseAsync(now.Ino, right);
            }
        }
        finally
        {
            _ = await source.Files.ReleaseAsync(entry.Source.Ino, left);
        }
    }

    private async ValueTask CopyRangesAsync(FileSpan reading, FileSpan writing, ulong size)
    {
        ulong at = reading.Offset;
        while (at < size)
        {
            ulong data = await NextDataAsync(source, reading with { Offset = at }, size);
            ulong end = data < size ? await HoleAfterAsync(source, reading with { Offset = data }, size) : size;
            for (at = data; at < end;)
            {
                int length = (int)Math.Min(end - at, (ulong)chunk.Length);
                await ReadAsync(source, reading with { Offset = at }, chunk.AsMemory(0, length));
                FsResult<int> written = await target.Files.WriteAsync(target.Caller, writing with { Offset = at }, chunk.AsMemory(0, length), WriteFlags.None);
                if (!written.Ok || written.Value != length)
                {
                    throw CopyException.OfTarget("cannot be written", written.Ok ? FsError.NoSpace : written.Error);
                }

                at += (ulong)length;
                progress.AddBytes(length);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private async ValueTask<string?> CompareRangesAsync(FileSpan left, FileSpan right, ulong size)
    {
        ulong at = 0;
        while (at < size)
        {
            at = Math.Min(
                await NextDataAsync(source, left with { Offset = at }, size), await NextDataAsync(target, right with { Offset = at }, size));
            int length = (int)Math.Min(size - at, (ulong)chunk.Length);
            if (length == 0)
            {
                break;
            }

            await ReadAsync(source, left with { Offset = at }, chunk.AsMemory(0, length));
            await ReadAsync(target, right with { Offset = at }, other.AsMemory(0, length));
            int same = chunk.AsSpan(0, length).CommonPrefixLength(other.AsSpan(0, length));
            if (same < length)
            {
                return $"differs from its source at byte {at + (ulong)same}";
            }

            at += (ulong)length;
            progress.AddVerifiedBytes(length);
            cancellation.ThrowIfCancellationRequested();
        }

        return null;
    }

    private static async ValueTask<ulong> OpenAsync(CopyPlace place, ulong ino)
    {
        FsResult<ulong> opened = await place.Files.OpenAsync(place.Caller, ino, OpenFlags.ReadOnly);
        return opened.Ok ? opened.Value : throw new CopyException("cannot be opened", opened.Error);
    }

    private static async ValueTask ReadAsync(CopyPlace place, FileSpan span, Memory<byte> destination)
    {
        FsResult<int> read = await place.Files.ReadAsync(place.Caller, span, destination);
        if (!read.Ok)
        {
            throw new CopyException("cannot be read", read.Error);
        }

        if (read.Value != destination.Length)
        {
            throw new CopyException("became shorter while it was read");
        }
    }

    /// <summary>The first byte from the span's offset on that is in no hole; a file system that knows none has data everywhere.</summary>
    private static async ValueTask<ulong> NextDataAsync(CopyPlace place, FileSpan span, ulong size)
    {
        FsResult<ulong> found = await place.Files.SeekAsync(place.Caller, span, SeekTarget.Data);
        return found.Ok ? Math.Clamp(found.Value, span.Offset, size) : found.Error == FsError.NoSuchAddress ? size : span.Offset;
    }

    private static async ValueTask<ulong> HoleAfterAsync(CopyPlace place, FileSpan span, ulong size)
    {
        FsResult<ulong> found = await place.Files.SeekAsync(place.Caller, span, SeekTarget.Hole);
        return found.Ok && found.Value > span.Offset ? Math.Min(found.Value, size) : size;
    }
}
