using Tessera.Core;

namespace Tessera.Container.Sealing;

/// <summary>How much one open of a container has sealed and opened: blocks, nodes, log and roots.</summary>
public sealed class SealCounters
{
    internal StripedCounter Sealed { get; } = new();

    internal StripedCounter Opened { get; } = new();

    /// <summary>Plain bytes that were sealed.</summary>
    public long SealedBytes => Sealed.Value;

    /// <summary>Sealed bytes that were opened, or found not to be authentic.</summary>
    public long OpenedBytes => Opened.Value;
}
