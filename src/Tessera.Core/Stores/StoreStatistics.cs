namespace Tessera.Core.Stores;

/// <summary>Space of a store, bytes.</summary>
/// <param name="CapacityBytes">What it can hold at most.</param>
/// <param name="UsedBytes">What is taken.</param>
/// <param name="AvailableBytes">What may be taken; it already leaves the reserve and <paramref name="WithheldBytes"/> out and is capped by what the host can give.</param>
/// <param name="WithheldBytes">Kept back for what putting the last commits in their places may cost at worst; <see cref="IVolumeStore.SettleAsync"/> finds out what it does cost.</param>
public readonly record struct StoreStatistics(ulong CapacityBytes, ulong UsedBytes, ulong AvailableBytes, ulong WithheldBytes);
