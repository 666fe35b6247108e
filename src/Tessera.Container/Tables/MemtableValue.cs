namespace Tessera.Container.Tables;

/// <summary>What a table says of a key: a value, or that it is gone.</summary>
public readonly ref struct MemtableValue(bool isTombstone, ReadOnlySpan<byte> bytes, ulong version)
{
    public bool IsTombstone { get; } = isTombstone;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public ulong Version { get; } = version;
}
