namespace Tessera.Host.Middleware;

/// <summary>What is known of an inode's names.</summary>
internal sealed class NamedInode
{
    /// <summary>Names of one inode that are kept; of more, the latest.</summary>
    public const int MaxNames = 64;

    private List<KnownName>? others;

    /// <summary>The name by which it was seen last; when it has none any more, the one it had.</summary>
    public KnownName Latest { get; private set; }

    /// <summary>It has a name: <see cref="Latest"/> is in the table.</summary>
    public bool HasName { get; private set; }

    /// <summary>The door has a reference.</summary>
    public bool IsHeld { get; set; }

    /// <summary>All names by which it may be judged, the latest first.</summary>
    public IEnumerable<KnownName> Names => others is null ? [Latest] : others.Prepend(Latest);

    /// <summary>It was seen by this name.</summary>
    /// <returns>A name that it loses in exchange, having too many; null: none.</returns>
    public KnownName? See(in KnownName name, bool alone)
    {
        KnownName before = Latest;
        bool had = HasName;
        (Latest, HasName) = (name, true);
        others?.RemoveAll(other => IsSame(other, Latest));
        if (!had || IsSame(before, name))
        {
            return null;
        }

        if (alone)
        {
            return before;
        }

        others ??= new List<KnownName>(1);
        others.Insert(0, before);
        return others.Count < MaxNames ? null : TakeLast(others);
    }

    /// <summary>A name is its no more.</summary>
    public void Lose(in KnownName name)
    {
        KnownName lost = name;
        others?.RemoveAll(other => IsSame(other, lost));
        if (!IsSame(Latest, name))
        {
            return;
        }

        HasName = others is { Count: > 0 };
        if (HasName)
        {
            Latest = others![0];
            others.RemoveAt(0);
        }
    }

    private static bool IsSame(in KnownName one, in KnownName other) => one.Parent == other.Parent && one.Name.AsSpan().SequenceEqual(other.Name);

    private static KnownName TakeLast(List<KnownName> names)
    {
        KnownName last = names[^1];
        names.RemoveAt(names.Count - 1);
        return last;
    }
}
