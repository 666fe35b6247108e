using Tessera.Core.Stores;

namespace Tessera.Host.Serving;

/// <summary>Space of a volume, bytes. Available is what programs can still write.</summary>
internal sealed record SpaceFacts(ulong CapacityBytes, ulong UsedBytes, ulong AvailableBytes)
{
    public static SpaceFacts Of(StoreStatistics space) => new(space.CapacityBytes, space.UsedBytes, space.AvailableBytes);
}
