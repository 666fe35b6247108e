using Tessera.Core.FileSystem;
using Tessera.Host.Logging;
using Tessera.Host.Sharing;
using Tessera.Wire;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>A client that has mounted an export. Outlives its connections by the grace time: what it has open, and locked, is kept for so long.</summary>
internal sealed class ExportSession : IServedSession
{
    private readonly SharedExport export;
    private readonly ExportedFiles view;
    private readonly Exporter exporter;
    private readonly ServerRules rules;
    private readonly ServerRecord record;
    private readonly EventLog log;
    private readonly bool readOnly;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim ending = new(1);
    private readonly CancellationTokenSource over = new();
    private readonly Timer graceTimer;
    private IFrameTransport? connection;
    private Task connected = Task.CompletedTask;
    private bool isResumed;

    public ExportSession(SharedExport export, Grant grant, bool readOnly, ServerRules rules, ServerRecord record)
    {
        this.export = export;
        this.readOnly = readOnly || export.Source.IsReadOnly;
        this.rules = rules;
        this.record = record;
        Grant = grant;
        log = record.Log;
        view = export.Open();
        IFileSystem stack = new OpenedListings(SessionStack.Compose(view, new SessionIdentity(Name, Key.ToString(), grant.Id, over.Token), rules, record));
        (uint uid, uint gid) = export.Source.Owner;
        exporter = new Exporter(stack, new ExportPolicy(uid, gid, this.readOnly) { KeepsOwners = true }, fault => log.Fault("export", fault))
        {
            Watched = view,
            Locks = export.Locks,
        };
        graceTimer = new Timer(_ => _ = EndAsync(new Farewell(FarewellReason.Ended, "The grace time is over.")));
    }

    public string Name => export.Source.Name;

    public Grant Grant { get; private set; }

    public SessionKey Key { get; } = SessionKey.Create();

    public string Detail => "export";

    public bool IsConnected => !connected.IsCompleted;

    public bool IsEnded => ended.Task.IsCompleted;

    /// <summary>Completes when nothing of it is left.</summary>
    public Task Ended => ended.Task;

    public int OpenFiles => exporter.OpenFiles;

    public void Extend(DateTimeOffset expires) => Grant = Grant with { Expires = expires };

    /// <summary>Takes a connection that its client made, in the place of the one it had.</summary>
    /// <returns>Completes when the connection is lost, or the session over.</returns>
    public async Task<Task> ConnectAsync(IFrameTransport transport, string? client, WireFeatures offered)
    {
        graceTimer.Change(Timeout.Infinite, Timeout.Infinite);
        connection?.Abort();
        await connected;
        WireFeatures features = offered & exporter.Offers;
        await transport.SendAsync(new Welcome(1, rules.Grace, features, Key) { ReadOnly = readOnly }.Encode(), CancellationToken.None);
        connection = transport;
        if (IsEnded)
        {
            transport.Abort(); // The grace time ended in this moment.
            return Task.CompletedTask;
        }

        record.Meters.CountConnection();
        await (record.Audit?.ConnectedAsync(this, client, isResumed) ?? default);
        connected = RunAsync(transport, features);
        log.Info("connected", ("export", Name), ("session", Key), ("resumed", isResumed));
        isResumed = true;
        return connected;
    }

    /// <summary>Closes what the client has open, lets go its locks, and forgets it.</summary>
    public async Task EndAsync(Farewell farewell)
    {
        await ending.WaitAsync();
        try
        {
            if (IsEnded)
            {
                return;
            }

            await graceTimer.DisposeAsync();
            await exporter.EndAsync(farewell);
            await over.CancelAsync();
            await Task.WhenAny(connected, Task.Delay(WireLimits.FarewellTime)); // A client that has heard why hangs up; aborted at once it might not hear.
            connection?.Abort();
            await connected;
            await exporter.DisposeAsync();
            export.Close(view);
            over.Dispose();
            await (record.Audit?.EndedAsync(this, farewell.Text) ?? default);
            log.Info("ended", ("export", Name), ("session", Key), ("reason", farewell.Reason), ("text", farewell.Text));
            ended.SetResult();
        }
        finally
        {
            ending.Release();
        }
    }

    private async Task RunAsync(IFrameTransport transport, WireFeatures features)
    {
        await Task.Yield();
        try
        {
            if (await exporter.ServeAsync(transport, features) is { } farewell)
            {
                _ = EndAsync(farewell);
                return;
            }

            log.Info("disconnected", ("export", Name), ("session", Key));
            graceTimer.Change(rules.Grace, Timeout.InfiniteTimeSpan);
        }
        catch (WireProtocolException fault)
        {
            log.Warning("protocol", ("export", Name), ("message", fault.Message));
            _ = EndAsync(new Farewell(FarewellReason.Protocol, fault.Message));
        }
        catch (ObjectDisposedException)
        {
            log.Info("disconnected", ("export", Name), ("session", Key)); // The session ended in this moment.
        }
    }
}
