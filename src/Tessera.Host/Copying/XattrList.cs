using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>The names of an inode's extended attributes.</summary>
internal sealed class XattrList
{
    private readonly byte[] bytes = new byte[FsLimits.MaxXattrList];

    public List<byte[]> Names { get; } = [];

    /// <exception cref="CopyException">They cannot be listed.</exception>
    public async ValueTask ReadAsync(CopyPlace place, ulong ino)
    {
        Names.Clear();
        FsResult<int> length = await place.Files.ListXattrsAsync(place.Caller, ino, bytes);
        if (!length.Ok && length.Error != FsError.NotSupported)
        {
            throw new CopyException("has extended attributes that cannot be listed", length.Error);
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(0, length.Ok ? length.Value : 0);
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)0);
            Names.Add(rest[..end].ToArray());
            rest = rest[(end + 1)..];
        }
    }

    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in Names)
        {
            if (name.SequenceEqual(known))
            {
                return true;
            }
        }

        return false;
    }
}
