namespace Tessera.Container.Remembering;

/// <summary>Counters of a device that only ever count up, and survive what is put back on disks (docs/format/memory.md, The counter).</summary>
public interface IRollbackCounter
{
    /// <summary>Makes a counter.</summary>
    /// <returns>By what it is found again, at most <see cref="CounterBinding.MaxName"/> bytes; and its value.</returns>
    /// <exception cref="IOException">The device refused, or is not there.</exception>
    (byte[] Name, ulong Value) Create();

    /// <summary>Its value, as the device itself says it.</summary>
    /// <param name="name">Of the counter.</param>
    /// <param name="value">Its value; 0 unless true is returned.</param>
    /// <returns>Null; or a sentence that says why it cannot be read here: another device, a cleared one, none.</returns>
    string? TryRead(ReadOnlySpan<byte> name, out ulong value);

    /// <summary>Adds one; durable in the device when this returns.</summary>
    /// <exception cref="IOException">The device refused, or is not there.</exception>
    void Increment(ReadOnlySpan<byte> name);

    /// <summary>Gives it up, as far as it is still there.</summary>
    void Remove(ReadOnlySpan<byte> name);
}
