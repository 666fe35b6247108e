using System.Diagnostics;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Sharing;
using Tessera.Wire;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;

namespace Tessera.Host.Serving;

/// <summary>Keeps a session with a server connected: when a connection is lost another is made, over whichever address of the server answers, until the grace time is over or the server ends the
/// session; and when a preferred address answers again the session goes back there.</summary>
internal sealed class RemoteConnection : IDisposable
{
    /// <summary>What this end can do.</summary>
    private const WireFeatures Offered = WireFeatures.Changes | WireFeatures.Locks | WireFeatures.Compression;

    private readonly ShareConnector connector;
    private readonly ImportSession session;
    private readonly EventLog log;
    private readonly CancellationTokenSource stop = new();
    private volatile ShareConnection current;
    private ShareConnection? better;
    private volatile bool isConnected;
    private volatile string? reason;
    private int connections = 1;
    private int failovers;
    private long resumeTicks;

    private RemoteConnection(ShareConnector connector, ShareConnection first, ImportSession session, EventLog log)
    {
        this.connector = connector;
        this.session = session;
        this.log = log;
        current = first;
        Welcome = first.Welcome;
    }

    /// <summary>What the server said when the session began.</summary>
    public Welcome Welcome { get; }

    public WireFeatures Features => Welcome.Features & Offered;

    public string State => reason is not null ? "ended" : isConnected ? "connected" : "reconnecting";

    /// <summary>Why the session is over; null: it is not.</summary>
    public string? Reason => reason;

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Of those, made to another address than the one before.</summary>
    public int Failovers => Volatile.Read(ref failovers);

    /// <summary>The address in use, or, with no connection, used last.</summary>
    public string Address => connector.Addresses[current.Address].ToString();

    /// <summary>Milliseconds from when a connection was seen to be lost until the session went on over another, the last time; null: none was lost.</summary>
    public double? ResumeMs => Interlocked.Read(ref resumeTicks) is > 0 and long ticks ? TimeSpan.FromTicks(ticks).TotalMilliseconds : null;

    /// <exception cref="CommandException">The server does not answer, or does not let this client in.</exception>
    public static async Task<RemoteConnection> OpenAsync(ShareConnector connector, ImportSession session, EventLog log)
    {
        ShareConnection? first = await connector.ConnectAsync(SessionKey.None, Offered, lost: null, CancellationToken.None);
        return first is null ? throw new CommandException(ExitCode.Fault, "The server takes no new session.") : new RemoteConnection(connector, first, session, log);
    }

    /// <summary>Completes when the session is over: from then on every operation fails with ENOTCONN.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await ServeAsync() && await ReconnectAsync())
            {
                Interlocked.Increment(ref connections);
            }
        }
#pragma warning disable CA1031 // Nobody could be told but the log: the session ends, and programs are told by its errno.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.Fault("connection", fault);
            reason ??= fault.Message;
        }

        reason ??= "It was unmounted.";
        session.End();
        current.Transport.Abort();
        better?.Dispose(); // The session ended while it was going back.
        log.Info("session_over", ("session", Welcome.Session), ("message", reason));
    }

    /// <summary>Tells the server that the mount is gone, and makes no connection any more.</summary>
    public async Task EndAsync()
    {
        await stop.CancelAsync();
        await session.EndAsync(new Farewell(FarewellReason.Ended, "It was unmounted."));
        current.Transport.Abort();
    }

    public void Dispose()
    {
        current.Dispose();
        stop.Dispose();
    }

    /// <summary>Over one connection; true: it was lost, and the session may go on over another.</summary>
    private async Task<bool> ServeAsync()
    {
        isConnected = true;
        WayBack? wayBack = WayBack.Start(connector, current, Welcome.Session, Offered);
        try
        {
            Farewell? farewell = await session.RunAsync(current.Transport, Features);
            reason = farewell?.Text;
            return farewell is null && !stop.IsCancellationRequested;
        }
        catch (WireProtocolException fault)
        {
            await session.EndAsync(new Farewell(FarewellReason.Protocol, fault.Message));
            reason = fault.Message;
            return false;
        }
        finally
        {
            isConnected = false;
            better = wayBack is null ? null : await wayBack.EndAsync();
        }
    }

    private async Task<bool> ReconnectAsync()
    {
        long began = Stopwatch.GetTimestamp();
        if (better is null)
        {
            log.Warning("disconnected", ("session", Welcome.Session), ("address", Address), ("grace_seconds", Welcome.Grace.TotalSeconds));
        }

        ShareConnection lost = current;
        lost.Dispose();
        if ((better ?? await ConnectAsync(lost)) is not { } next)
        {
            return false;
        }

        bool isReturn = better is not null;
        better = null;
        current = next;
        if (next.Address != lost.Address)
        {
            Interlocked.Increment(ref failovers);
        }

        if (isReturn)
        {
            log.Info("returned", ("session", Welcome.Session), ("address", Address));
            return true;
        }

        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Interlocked.Exchange(ref resumeTicks, took.Ticks);
        log.Info("resumed", ("session", Welcome.Session), ("address", Address), ("milliseconds", took.TotalMilliseconds));
        return true;
    }

    /// <summary>Null: the session is over.</summary>
    private async Task<ShareConnection?> ConnectAsync(ShareConnection lost)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        patience.CancelAfter(Welcome.Grace);
        try
        {
            if (await connector.ConnectAsync(Welcome.Session, Offered, lost, patience.Token) is { } next)
            {
                return next;
            }

            reason = "The server does not know the session any more.";
        }
        catch (OperationCanceledException)
        {
            reason = stop.IsCancellationRequested ? null : "The grace time is over.";
        }
        catch (CommandException fault)
        {
            reason = fault.Message;
        }

        return null;
    }
}
