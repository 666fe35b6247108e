using System.Text;
using Tessera.Fuse;

namespace MemoryMount;

internal sealed class Node(ulong id, uint mode, FuseRequest? by)
{
    public byte[] Data = [];
    public FuseAttributes Attributes = new() { Ino = id, Mode = mode, LinkCount = 1, Uid = by?.Uid ?? 0, Gid = by?.Gid ?? 0, BlockSize = 4096 };
    public readonly Dictionary<string, int> Places = [];                 // a directory's names: where each is in Entries
    public readonly List<(byte[] Name, Node Node)?> Entries = [];        // never shifted, so a place is a cookie that stays true
    public bool IsDirectory => (Attributes.Mode & 0xF000) == 0x4000;
    public FuseEntry Entry => new() { NodeId = Attributes.Ino, Attributes = Attributes, EntryTimeout = TimeSpan.FromSeconds(1), AttributesTimeout = TimeSpan.FromSeconds(1) };
    public FuseAttributesReply Reply => new(Attributes, TimeSpan.FromSeconds(1));
    public Node? this[ReadOnlyMemory<byte> name] => Places.TryGetValue(Key(name), out var place) ? Entries[place]!.Value.Node : null;

    public static string Key(ReadOnlyMemory<byte> name) => Encoding.Latin1.GetString(name.Span);
    public void Add(ReadOnlyMemory<byte> name, Node node) { Places[Key(name)] = Entries.Count; Entries.Add((name.ToArray(), node)); Touch(); }
    public void Remove(ReadOnlyMemory<byte> name) { Places.Remove(Key(name), out var place); Entries[place] = null; Touch(); }
    public void Touch() => (Attributes.ModifySeconds, Attributes.ChangeSeconds) = (DateTimeOffset.UtcNow.ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    public void Resize(ulong size)
    {
        if (size > (ulong)Data.Length)
            Array.Resize(ref Data, (int)Math.Max(size, Math.Min((ulong)Data.Length * 2, (ulong)Array.MaxLength)));
        else if (size < Attributes.Size)
            Data.AsSpan((int)size, (int)(Attributes.Size - size)).Clear();
        (Attributes.Size, Attributes.Blocks) = (size, (size + 511) / 512);
    }
}
