using System.Text;
using Tessera.Fuse;

namespace MemoryMount;

// Every answer is at hand, so no handler ever waits, so the server needs one thread only, so nothing needs a lock.
internal sealed class MemoryFileSystem : FuseFileSystem
{
    private const uint Directory = 0x4000, SymbolicLink = 0xA1FF;
    private readonly Dictionary<ulong, Node> _nodes = new() { [RootNodeId] = new Node(RootNodeId, Directory | 0x1FF, 0, 0) };
    private readonly Dictionary<ulong, KeyValuePair<string, Node>[]> _listings = [];
    private readonly LookupCounts _lookups = new();
    private ulong _lastId = RootNodeId;

    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest r, ReadOnlyMemory<byte> name) =>
        new(_nodes[r.NodeId].Children.TryGetValue(Key(name), out var node) ? Give(node) : Errno.ENOENT);
    public override void Forget(ulong nodeId, ulong lookups) =>
        _ = _lookups.Remove(nodeId, lookups) && _nodes[nodeId].IsRemoved && _nodes.Remove(nodeId);
    public override ValueTask<FuseResult<FuseEntry>> MakeNode(FuseRequest r, ReadOnlyMemory<byte> name, MakeNodeArguments a) =>
        new(Make(r, name, a.Mode));
    public override ValueTask<FuseResult<FuseEntry>> MakeDirectory(FuseRequest r, ReadOnlyMemory<byte> name, MakeDirectoryArguments a) =>
        new(Make(r, name, Directory | a.Mode));
    public override ValueTask<FuseResult<FuseEntry>> Symlink(FuseRequest r, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> target) =>
        new(Make(r, name, SymbolicLink, target));
    public override ValueTask<FuseResult<int>> ReadLink(FuseRequest r, Memory<byte> target) => Read(r, default, target);
    public override ValueTask<Errno> Unlink(FuseRequest r, ReadOnlyMemory<byte> name) => new(Remove(r.NodeId, name));
    public override ValueTask<Errno> RemoveDirectory(FuseRequest r, ReadOnlyMemory<byte> name) => new(Remove(r.NodeId, name));
    public override ValueTask<Errno> Rename(FuseRequest r, ReadOnlyMemory<byte> name, ulong newParent, ReadOnlyMemory<byte> newName, RenameFlags flags)
    {
        if (flags != RenameFlags.None || !_nodes[r.NodeId].Children.TryGetValue(Key(name), out var node)) return new(Errno.EINVAL);
        if (Remove(newParent, newName) == Errno.ENOTEMPTY) return new(Errno.ENOTEMPTY);
        _nodes[r.NodeId].Children.Remove(Key(name));
        _nodes[newParent].Children.Add(Key(newName), node);
        return new(Errno.None);
    }

    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest r, GetAttributesArguments a) => new(_nodes[r.NodeId].Attributes);
    public override ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest r, SetAttributesArguments a)
    {
        if (a.Sets(SetAttributesFields.Size) && a.Size > (ulong)Array.MaxLength) return new(Errno.EFBIG);
        if (a.Sets(SetAttributesFields.Size)) _nodes[r.NodeId].Resize(a.Size);
        if (a.Sets(SetAttributesFields.Mode)) _nodes[r.NodeId].Mode = a.Mode;
        return new(_nodes[r.NodeId].Attributes);
    }

    public override ValueTask<FuseResult<int>> Read(FuseRequest r, ReadArguments a, Memory<byte> buffer)
    {
        var data = _nodes[r.NodeId].Data(a.Offset);
        data[..Math.Min(data.Length, buffer.Length)].CopyTo(buffer.Span);
        return new(Math.Min(data.Length, buffer.Length));
    }

    public override ValueTask<FuseResult<int>> Write(FuseRequest r, WriteArguments a, ReadOnlyMemory<byte> data)
    {
        if (a.Offset + (ulong)data.Length > (ulong)Array.MaxLength) return new(Errno.EFBIG);
        _nodes[r.NodeId].Write(a.Offset, data.Span);
        return new(data.Length);
    }

    public override ValueTask<FuseResult<FuseOpened>> OpenDirectory(FuseRequest r, OpenArguments a)
    {
        _listings[r.Unique] = [.. _nodes[r.NodeId].Children];
        return new(new FuseOpened(r.Unique));
    }

    public override ValueTask<Errno> ReleaseDirectory(FuseRequest r, ReleaseArguments a) => new(_listings.Remove(a.Handle) ? Errno.None : Errno.EBADF);
    public override ValueTask<Errno> ReadDirectory(FuseRequest r, ReadArguments a, FuseDirectoryWriter entries)
    {
        var next = a.Offset;
        foreach (var (name, node) in _listings[a.Handle].AsSpan((int)a.Offset))
            if (!entries.TryAdd(Encoding.Latin1.GetBytes(name), node.Id, node.Mode, ++next)) break;
        return new(Errno.None);
    }

    // Names are bytes: Latin-1 gives each byte a character of its own.
    private static string Key(ReadOnlyMemory<byte> name) => Encoding.Latin1.GetString(name.Span);

    private FuseEntry Give(Node node)
    {
        _lookups.Add(node.Id);
        return node.Entry;
    }

    private FuseResult<FuseEntry> Make(FuseRequest r, ReadOnlyMemory<byte> name, uint mode, ReadOnlyMemory<byte> data = default)
    {
        var node = new Node(++_lastId, mode, r.Uid, r.Gid);
        if (!_nodes[r.NodeId].Children.TryAdd(Key(name), node)) return Errno.EEXIST;
        _nodes[node.Id] = node;
        node.Write(0, data.Span);
        return Give(node);
    }

    private Errno Remove(ulong parent, ReadOnlyMemory<byte> name)
    {
        if (!_nodes[parent].Children.TryGetValue(Key(name), out var node)) return Errno.ENOENT;
        if (node.Children.Count > 0) return Errno.ENOTEMPTY;
        node.IsRemoved = _nodes[parent].Children.Remove(Key(name));
        return Errno.None;
    }
}
