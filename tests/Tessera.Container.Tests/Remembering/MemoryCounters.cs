using Tessera.Container.Remembering;

namespace Tessera.Container.Tests.Remembering;

/// <summary>A device with counters, in memory.</summary>
internal sealed class MemoryCounters : IRollbackCounter
{
    private readonly Dictionary<string, ulong> values = new(StringComparer.Ordinal);

    /// <summary>Told when one is about to count.</summary>
    public Action? Counting { get; set; }

    public int Count => values.Count;

    public ulong Only
    {
        get => values.Values.Single();
        set => values[values.Keys.Single()] = value;
    }

    public (byte[] Name, ulong Value) Create()
    {
        byte[] name = Guid.NewGuid().ToByteArray();
        values[Convert.ToHexString(name)] = 7;
        return (name, 7);
    }

    public string? TryRead(ReadOnlySpan<byte> name, out ulong value) => values.TryGetValue(Convert.ToHexString(name), out value) ? null : "it is not here.";

    public void Increment(ReadOnlySpan<byte> name)
    {
        Counting?.Invoke();
        values[Convert.ToHexString(name)]++;
    }

    public void Remove(ReadOnlySpan<byte> name) => values.Remove(Convert.ToHexString(name));
}
