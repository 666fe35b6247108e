namespace Tessera.HostFiles.Nodes;

/// <summary>A name to be looked for: its bytes are lent.</summary>
internal readonly ref struct NameKey(Node parent, ReadOnlySpan<byte> name)
{
    public readonly Node Parent = parent;
    public readonly ReadOnlySpan<byte> Name = name;
}
