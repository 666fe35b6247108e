using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>A connection over which nothing has gone yet.</summary>
/// <param name="Address">The number of the address that it was made to.</param>
/// <param name="Transport">The connection.</param>
internal sealed record DialledConnection(int Address, IFrameTransport Transport);
