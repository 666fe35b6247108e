using Tessera.Container;

namespace Tessera.Host.Serving;

/// <summary>What has been sealed and opened since the mount began, in plain bytes: contents, tree, log.</summary>
internal sealed record SealFacts(long SealedBytes, long OpenedBytes)
{
    public static SealFacts Of(in ContainerCounters counters) => new(counters.SealedBytes, counters.OpenedBytes);
}
