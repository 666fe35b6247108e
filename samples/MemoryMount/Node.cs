using Tessera.Fuse;

namespace MemoryMount;

// A file, directory or symbolic link.
internal sealed class Node(ulong id, uint mode, uint uid, uint gid)
{
    private static readonly TimeSpan s_cacheTime = TimeSpan.FromSeconds(1);
    private byte[] _data = [];
    private FuseAttributes _attributes = new() { Ino = id, Mode = mode, LinkCount = 1, Uid = uid, Gid = gid, BlockSize = 4096 };

    public Dictionary<string, Node> Children { get; } = [];
    public uint Mode { get => _attributes.Mode; set => _attributes.Mode = value; }
    public bool IsRemoved { get; set; }
    public ulong Id => id;
    public FuseEntry Entry => new() { NodeId = id, Attributes = _attributes, EntryTimeout = s_cacheTime, AttributesTimeout = s_cacheTime };
    public FuseAttributesReply Attributes => new(_attributes, s_cacheTime);

    public ReadOnlySpan<byte> Data(ulong offset) => _data.AsSpan(0, (int)_attributes.Size)[(int)Math.Min(offset, _attributes.Size)..];

    public void Resize(ulong size)
    {
        if (size > (ulong)_data.Length)
            Array.Resize(ref _data, (int)Math.Max(size, Math.Min(2 * (ulong)_data.Length, (ulong)Array.MaxLength)));
        else if (size < _attributes.Size)
            _data.AsSpan((int)size).Clear();
        (_attributes.Size, _attributes.Blocks, _attributes.ModifySeconds) = (size, (size + 511) / 512, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset + (ulong)data.Length > _attributes.Size)
            Resize(offset + (ulong)data.Length);
        data.CopyTo(_data.AsSpan((int)offset));
    }
}
