namespace Tessera.Core.Stores;

/// <summary>Space of a store, bytes. <see cref="AvailableBytes"/> already leaves the reserve out and is capped by what the host can give.</summary>
public readonly record struct StoreStatistics(ulong CapacityBytes, ulong UsedBytes, ulong AvailableBytes);
