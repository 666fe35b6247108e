using Tessera.Wire.Protocol;

namespace Tessera.Host.Sharing;

/// <summary>When a connection on which nothing comes is lost.</summary>
/// <param name="Every">It is asked for a sign of life after so long…</param>
/// <param name="Time">…and is lost when none comes for so long.</param>
internal sealed record Heartbeat(TimeSpan Every, TimeSpan Time)
{
    /// <summary>As both ends do (docs/protocol.md, "Connection").</summary>
    public static readonly Heartbeat Usual = new(WireLimits.HeartbeatEvery, WireLimits.HeartbeatTime);

    /// <summary>Of a client that has another address to go to: what is silent is left within 18 seconds, the times of its timer included.</summary>
    public static readonly Heartbeat Quick = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
}
