using Tessera.Fuse;

namespace MemoryMount;

// Every answer is at hand, so nothing ever waits, so the server needs one thread only, so nothing needs a lock.
internal sealed class MemoryFileSystem : FuseFileSystem
{
    private readonly Dictionary<ulong, Node> _nodes = new() { [RootNodeId] = new Node(RootNodeId, 0x41FF, null) };
    private readonly LookupCounts _lookups = new();
    private ulong _lastId = RootNodeId;

    private ValueTask<FuseResult<FuseEntry>> Give(Node? node) { if (node is null) return new(Errno.ENOENT); _lookups.Add(node.Attributes.Ino); return new(node.Entry); }
    private Node? Make(FuseRequest r, ReadOnlyMemory<byte> name, uint mode)
    {
        if (_nodes[r.NodeId][name] is not null) return null;
        var node = _nodes[++_lastId] = new Node(_lastId, mode, r);
        node.Touch();
        _nodes[r.NodeId].Add(name, node);
        return node;
    }

    private Errno Remove(FuseRequest r, ReadOnlyMemory<byte> name)
    {
        if (_nodes[r.NodeId][name] is not { } node) return Errno.ENOENT;
        if (node.Places.Count > 0) return Errno.ENOTEMPTY;
        _nodes[r.NodeId].Remove(name);
        node.Attributes.LinkCount = 0;
        return Errno.None;
    }

    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest r, ReadOnlyMemory<byte> name) => Give(_nodes[r.NodeId][name]);
    public override void Forget(ulong nodeId, ulong lookups) { if (_lookups.Remove(nodeId, lookups) && _nodes[nodeId].Attributes.LinkCount == 0) _nodes.Remove(nodeId); }
    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest r, GetAttributesArguments a) => new(_nodes[r.NodeId].Reply);
    public override ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest r, SetAttributesArguments a)
    {
        var node = _nodes[r.NodeId];
        if (a.Sets(SetAttributesFields.Size) && a.Size > (ulong)Array.MaxLength) return new(Errno.EFBIG);
        if (a.Sets(SetAttributesFields.Size)) { node.Resize(a.Size); node.Touch(); }
        if (a.Sets(SetAttributesFields.Mode)) node.Attributes.Mode = a.Mode;
        if (a.Sets(SetAttributesFields.Uid)) node.Attributes.Uid = a.Uid;
        if (a.Sets(SetAttributesFields.Gid)) node.Attributes.Gid = a.Gid;
        if (a.Sets(SetAttributesFields.AccessTime)) (node.Attributes.AccessSeconds, node.Attributes.AccessNanoseconds) = (a.AccessSeconds, a.AccessNanoseconds);
        if (a.Sets(SetAttributesFields.ModifyTime)) (node.Attributes.ModifySeconds, node.Attributes.ModifyNanoseconds) = (a.ModifySeconds, a.ModifyNanoseconds);
        return new(node.Reply);
    }

    public override ValueTask<FuseResult<FuseEntry>> MakeNode(FuseRequest r, ReadOnlyMemory<byte> name, MakeNodeArguments a) => Make(r, name, a.Mode) is { } node ? Give(node) : new(Errno.EEXIST);
    public override ValueTask<FuseResult<FuseEntry>> MakeDirectory(FuseRequest r, ReadOnlyMemory<byte> name, MakeDirectoryArguments a) => Make(r, name, 0x4000 | a.Mode) is { } node ? Give(node) : new(Errno.EEXIST);
    public override ValueTask<FuseResult<FuseEntry>> Symlink(FuseRequest r, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> target)
    {
        if (Make(r, name, 0xA1FF) is not { } node) return new(Errno.EEXIST);
        node.Resize((ulong)target.Length);
        target.CopyTo(node.Data);
        return Give(node);
    }

    public override ValueTask<FuseResult<int>> ReadLink(FuseRequest r, Memory<byte> target) { _nodes[r.NodeId].Data.CopyTo(target); return new(_nodes[r.NodeId].Data.Length); }
    public override ValueTask<Errno> Unlink(FuseRequest r, ReadOnlyMemory<byte> name) => new(Remove(r, name));
    public override ValueTask<Errno> RemoveDirectory(FuseRequest r, ReadOnlyMemory<byte> name) => new(Remove(r, name));
    public override ValueTask<Errno> Rename(FuseRequest r, ReadOnlyMemory<byte> name, ulong newParent, ReadOnlyMemory<byte> newName, RenameFlags flags)
    {
        if (_nodes[r.NodeId][name] is not { } node) return new(Errno.ENOENT);
        var replaced = _nodes[newParent][newName];
        if (flags != RenameFlags.None) return new(Errno.EINVAL);
        if (replaced?.Places.Count > 0) return new(Errno.ENOTEMPTY);
        if (replaced is not null) { _nodes[newParent].Remove(newName); replaced.Attributes.LinkCount = 0; }
        _nodes[r.NodeId].Remove(name);
        _nodes[newParent].Add(newName, node);
        return new(Errno.None);
    }

    public override ValueTask<FuseResult<int>> Read(FuseRequest r, ReadArguments a, Memory<byte> buffer)
    {
        var node = _nodes[r.NodeId];
        var length = (int)Math.Min((ulong)buffer.Length, node.Attributes.Size - Math.Min(a.Offset, node.Attributes.Size));
        node.Data.AsSpan((int)Math.Min(a.Offset, node.Attributes.Size), length).CopyTo(buffer.Span);
        return new(length);
    }

    public override ValueTask<FuseResult<int>> Write(FuseRequest r, WriteArguments a, ReadOnlyMemory<byte> data)
    {
        var node = _nodes[r.NodeId];
        if (a.Offset + (ulong)data.Length > (ulong)Array.MaxLength) return new(Errno.EFBIG);
        node.Resize(Math.Max(node.Attributes.Size, a.Offset + (ulong)data.Length));
        data.CopyTo(node.Data.AsMemory((int)a.Offset));
        node.Touch();
        return new(data.Length);
    }

    public override ValueTask<Errno> ReadDirectory(FuseRequest r, ReadArguments a, FuseDirectoryWriter entries)
    {
        var all = _nodes[r.NodeId].Entries;
        for (var place = (int)a.Offset; place < all.Count; place++)
            if (all[place] is { } e && !entries.TryAdd(e.Name, e.Node.Attributes.Ino, e.Node.Attributes.Mode, (ulong)place + 1)) break;
        return new(Errno.None);
    }

    public override ValueTask<FuseResult<FuseStatFs>> StatFs(FuseRequest r) => new(new FuseStatFs { BlockSize = 4096, FragmentSize = 4096, NameLength = 255 });
}
