using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>A connection on which the server has welcomed the session.</summary>
internal sealed record ShareConnection(IFrameTransport Transport, Welcome Welcome) : IDisposable
{
    public void Dispose() => Transport.Dispose();
}
