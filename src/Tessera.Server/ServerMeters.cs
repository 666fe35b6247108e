using Tessera.Core;
using Tessera.Host.Limiting;
using Tessera.Host.Metering;
using Tessera.Wire.Protocol;

namespace Tessera.Server;

/// <summary>What the server counts from its start on. Recording takes no lock and allocates nothing.</summary>
internal sealed class ServerMeters
{
    private readonly long[] refusals = new long[Enum.GetValues<Refused>().Length];
    private long bytesReceived;
    private long bytesSent;
    private long connections;

    /// <summary>What programs asked of all workspaces.</summary>
    public CallMeters<Operation> Requests { get; } = new();

    /// <summary>Of those, what a limit made wait.</summary>
    public DelayMeters Delays { get; } = new();

    /// <summary>What the policy refused.</summary>
    public StripedCounter Denials { get; } = new();

    /// <summary>Of frames, from clients.</summary>
    public long BytesReceived => Volatile.Read(ref bytesReceived);

    /// <summary>Of frames, to clients.</summary>
    public long BytesSent => Volatile.Read(ref bytesSent);

    /// <summary>Welcomed, the first of a session and those that took its place.</summary>
    public long Connections => Volatile.Read(ref connections);

    public long RefusalsFor(Refused reason) => Volatile.Read(ref refusals[(int)reason]);

    public void CountReceived(int bytes) => Interlocked.Add(ref bytesReceived, bytes);

    public void CountSent(int bytes) => Interlocked.Add(ref bytesSent, bytes);

    public void CountConnection() => Interlocked.Increment(ref connections);

    public void Count(Refused reason) => Interlocked.Increment(ref refusals[(int)reason]);

    public void Count(FarewellReason reason) => Count(reason switch
    {
        FarewellReason.Version => Refused.Version,
        FarewellReason.UnknownSession => Refused.UnknownSession,
        FarewellReason.Busy => Refused.Busy,
        FarewellReason.Full => Refused.Full,
        _ => Refused.Protocol,
    });
}
