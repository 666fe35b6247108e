using Tessera.Core.FileSystem;

namespace Tessera.Testing.Models;

/// <summary>A directory sink that keeps up to so many entries.</summary>
public sealed class CollectingSink(int capacity, bool wantsAttributes = false) : IDirectorySink
{
    public List<(string Name, ulong Cookie, InodeAttributes Attributes)> Entries { get; } = [];

    public bool WantsAttributes => wantsAttributes;

    public bool IsFull => Entries.Count >= capacity;

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        if (IsFull)
        {
            return false;
        }

        Entries.Add((System.Text.Encoding.UTF8.GetString(name), cookie, attributes));
        return true;
    }
}
