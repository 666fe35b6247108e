namespace Tessera.Host.Middleware;

/// <summary>Compares names in directories byte for byte, kept ones with lent ones.</summary>
internal sealed class KnownNameComparer : IEqualityComparer<KnownName>, IAlternateEqualityComparer<NameKey, KnownName>
{
    public bool Equals(KnownName x, KnownName y) => x.Parent == y.Parent && x.Name.AsSpan().SequenceEqual(y.Name);

    public bool Equals(NameKey alternate, KnownName other) => alternate.Parent == other.Parent && alternate.Name.SequenceEqual(other.Name);

    public int GetHashCode(KnownName obj) => GetHashCode(new NameKey(obj.Parent, obj.Name));

    /// <summary>Seeded anew for each process: names are the client's choice.</summary>
    public int GetHashCode(NameKey alternate)
    {
        var hash = default(HashCode);
        hash.Add(alternate.Parent);
        hash.AddBytes(alternate.Name);
        return hash.ToHashCode();
    }

    public KnownName Create(NameKey alternate) => new(alternate.Parent, alternate.Name.ToArray());
}
