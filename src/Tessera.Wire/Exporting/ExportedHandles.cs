using System.Collections.Concurrent;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>The files that a session has open: a handle is good for its own inode and in its own session only.</summary>
internal sealed class ExportedHandles(IFileSystem files)
{
    private readonly ConcurrentDictionary<ulong, ulong> inodes = new();

    public int Count => inodes.Count;

    public bool IsFull => inodes.Count >= WireLimits.MaxOpenFiles;

    public void Add(ulong handle, ulong ino) => inodes[handle] = ino;

    public bool Has(ulong handle, ulong ino) => inodes.TryGetValue(handle, out ulong known) && known == ino;

    public bool TryRemove(ulong handle, ulong ino) => inodes.TryRemove(new KeyValuePair<ulong, ulong>(handle, ino));

    /// <summary>The session is over: closes what it left open.</summary>
    public async Task ClearAsync()
    {
        foreach ((ulong handle, ulong ino) in inodes)
        {
            if (inodes.TryRemove(handle, out _))
            {
                _ = await files.ReleaseAsync(ino, handle).ConfigureAwait(false);
            }
        }
    }
}
