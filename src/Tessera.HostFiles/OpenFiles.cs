using System.Collections.Concurrent;
using Tessera.Core.FileSystem;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <summary>What the door has open, by handle. The host's limit of descriptors bounds it.</summary>
internal sealed class OpenFiles(NodeTable nodes)
{
    private readonly ConcurrentDictionary<ulong, OpenFile> byHandle = new();
    private ulong last;

    public int Count => byHandle.Count;

    /// <summary>Takes over a descriptor of the node.</summary>
    public OpenFile Add(Node node, int descriptor, bool canWrite)
    {
        var file = new OpenFile(node, new Descriptor(descriptor)) { Handle = Interlocked.Increment(ref last), CanWrite = canWrite };
        byHandle[file.Handle] = file;
        nodes.AddOpen(file);
        return file;
    }

    public OpenFile? Find(ulong handle) => byHandle.GetValueOrDefault(handle);

    /// <summary>Null for a handle that is not open, or not on this inode.</summary>
    public OpenFile? Find(in FileSpan span) => Find(span.Ino, span.Handle);

    public OpenFile? Find(ulong ino, ulong handle) => byHandle.TryGetValue(handle, out OpenFile? file) && file.Node.Id == ino ? file : null;

    public OpenFile? Remove(ulong ino, ulong handle)
    {
        if (Find(ino, handle) is not { } file || !byHandle.TryRemove(handle, out _))
        {
            return null;
        }

        nodes.RemoveOpen(file);
        return file;
    }
}
