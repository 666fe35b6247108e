namespace Tessera.Host.Middleware;

/// <summary>A name in a directory, lent: what is looked for in a <see cref="KnownNames"/> without keeping it.</summary>
internal readonly ref struct NameKey(ulong parent, ReadOnlySpan<byte> name)
{
    public ulong Parent { get; } = parent;

    public ReadOnlySpan<byte> Name { get; } = name;
}
