using System.Diagnostics;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>A connection on which the server has welcomed the session.</summary>
/// <param name="Transport">The connection.</param>
/// <param name="Welcome">What the server said.</param>
/// <param name="Address">The number of the address that it was made to.</param>
internal sealed record ShareConnection(IFrameTransport Transport, Welcome Welcome, int Address) : IDisposable
{
    private readonly long made = Stopwatch.GetTimestamp();

    /// <summary>How long ago it was made.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(made);

    public void Dispose() => Transport.Dispose();
}
