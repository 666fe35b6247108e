using System.Diagnostics.CodeAnalysis;

namespace Tessera.HostFiles.Nodes;

/// <summary>Names are the same when their directory and bytes are. Seeded anew in each process: users choose the names.</summary>
internal sealed class NameComparer : IEqualityComparer<NodeName>, IAlternateEqualityComparer<NameKey, NodeName>
{
    public bool Equals(NodeName? x, NodeName? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x.Parent == y.Parent && x.Name.AsSpan().SequenceEqual(y.Name));

    public int GetHashCode([DisallowNull] NodeName obj) => Hash(obj.Parent, obj.Name);

    public bool Equals(NameKey alternate, NodeName other) => alternate.Parent == other.Parent && alternate.Name.SequenceEqual(other.Name);

    public int GetHashCode(NameKey alternate) => Hash(alternate.Parent, alternate.Name);

    public NodeName Create(NameKey alternate) => throw new NotSupportedException("A name belongs to a node.");

    private static int Hash(Node parent, ReadOnlySpan<byte> name)
    {
        var hash = default(HashCode);
        hash.Add(parent.Id);
        hash.AddBytes(name);
        return hash.ToHashCode();
    }
}
