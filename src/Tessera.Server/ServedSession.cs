using Tessera.Host.Logging;
using Tessera.Host.Sharing;
using Tessera.Wire;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>A session with a client, whichever end has the files: its connections, one at a time, and the grace time after each.</summary>
internal abstract class ServedSession
{
    private readonly string kind;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource over = new();
    private readonly Timer graceTimer;
    private IFrameTransport? connection;
    private Task connected = Task.CompletedTask;
    private bool isResumed;

    /// <param name="kind">What the log calls it.</param>
    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="grant">See <see cref="Grant"/>.</param>
    /// <param name="rules">The server's.</param>
    /// <param name="record">Where it is written down.</param>
    protected ServedSession(string kind, string name, Grant grant, ServerRules rules, ServerRecord record)
    {
        this.kind = kind;
        Name = name;
        Grant = grant;
        Rules = rules;
        Record = record;
        graceTimer = new Timer(_ => _ = EndAsync(new Farewell(FarewellReason.Ended, "The grace time is over.")));
    }

    /// <summary>The workspace's, or the export's.</summary>
    public string Name { get; }

    /// <summary>By which its client finds it again.</summary>
    public SessionKey Key { get; } = SessionKey.Create();

    /// <summary>What its client's token allowed when the session began, and until when what it shows is good.</summary>
    public Grant Grant { get; private set; }

    /// <summary>What the audit says of it beside its name; null: nothing.</summary>
    public virtual string? Detail => null;

    public bool IsConnected => !connected.IsCompleted;

    public bool IsEnded => ended.Task.IsCompleted;

    /// <summary>Completes when nothing of it is left.</summary>
    public Task Ended => ended.Task;

    protected ServerRules Rules { get; }

    protected ServerRecord Record { get; }

    protected EventLog Log => Record.Log;

    /// <summary>Held while it ends, and by what must not happen meanwhile.</summary>
    protected SemaphoreSlim Ending { get; } = new(1);

    /// <summary>Who acts in it, for what its requests go through.</summary>
    protected SessionIdentity Identity => new(Name, Key.ToString(), Grant.Id, over.Token);

    /// <summary>What this end can do.</summary>
    protected abstract WireFeatures Offers { get; }

    /// <summary>No connection can serve it any more.</summary>
    protected virtual bool IsOver => IsEnded;

    /// <summary>What its client shows was renewed. What it allows is what it was when the session began.</summary>
    public void Extend(DateTimeOffset expires) => Grant = Grant with { Expires = expires };

    /// <summary>Takes a connection that its client made, in the place of the one it had.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="offered">What the client can do.</param>
    /// <returns>Completes when the connection is lost, or the session over.</returns>
    public async Task<Task> ConnectAsync(IFrameTransport transport, string? client, WireFeatures offered)
    {
        connection?.Abort();
        await connected;
        graceTimer.Change(Timeout.Infinite, Timeout.Infinite); // A connection whose place is taken has started it as one that was lost.
        WireFeatures features = offered & Offers;
        try
        {
            await transport.SendAsync(Welcome(features).Encode(), CancellationToken.None);
        }
        catch (IOException)
        {
            WaitForClient(); // Gone already. Without a connection nothing else would end the session.
            throw;
        }

        connection = transport;
        if (IsOver)
        {
            transport.Abort(); // The grace time ended in this moment.
            return Task.CompletedTask;
        }

        Record.Meters.CountConnection();
        await (Record.Audit?.ConnectedAsync(this, client, isResumed) ?? default);
        connected = RunAsync(transport, features);
        Log.Info("connected", (kind, Name), ("session", Key), ("resumed", isResumed));
        isResumed = true;
        return connected;
    }

    /// <summary>Fails what waits, lets go what its client holds, and forgets it.</summary>
    public async Task EndAsync(Farewell farewell)
    {
        await Ending.WaitAsync();
        try
        {
            if (IsEnded)
            {
                return;
            }

            await graceTimer.DisposeAsync();
            await SayFarewellAsync(farewell);
            await over.CancelAsync();
            await CloseAsync(connected);
            connection?.Abort();
            over.Dispose();
            await (Record.Audit?.EndedAsync(this, farewell.Text) ?? default);
            Log.Info("ended", (kind, Name), ("session", Key), ("reason", farewell.Reason), ("text", farewell.Text));
            ended.SetResult();
        }
        finally
        {
            Ending.Release();
        }
    }

    protected abstract Welcome Welcome(WireFeatures features);

    /// <summary>Serves the session's requests on a connection.</summary>
    /// <returns>Why the session is over; null: only the connection is.</returns>
    /// <exception cref="WireProtocolException">The client does not speak as it should.</exception>
    protected abstract Task<Farewell?> ServeAsync(IFrameTransport transport, WireFeatures features);

    /// <summary>Takes no more requests, and tells the client why.</summary>
    protected abstract Task SayFarewellAsync(Farewell farewell);

    /// <summary>Gives back everything it holds. Its connection is cut afterwards, if it is not by then.</summary>
    protected abstract Task CloseAsync(Task connected);

    protected void HangUp() => connection?.Abort();

    /// <summary>For the grace time.</summary>
    private void WaitForClient()
    {
        if (!IsOver)
        {
            graceTimer.Change(Rules.Grace, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task RunAsync(IFrameTransport transport, WireFeatures features)
    {
        await Task.Yield();
        try
        {
            if (await ServeAsync(transport, features) is { } farewell)
            {
                _ = EndAsync(farewell);
                return;
            }

            Log.Info("disconnected", (kind, Name), ("session", Key));
            WaitForClient();
        }
        catch (WireProtocolException fault)
        {
            Log.Warning("protocol", (kind, Name), ("message", fault.Message));
            _ = EndAsync(new Farewell(FarewellReason.Protocol, fault.Message));
        }
        catch (ObjectDisposedException)
        {
            Log.Info("disconnected", (kind, Name), ("session", Key)); // The session ended in this moment.
        }
    }
}
