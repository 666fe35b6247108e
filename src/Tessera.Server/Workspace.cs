using System.Net.Sockets;
using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Native;
using Tessera.Host.Serving;
using Tessera.Host.Sharing;
using Tessera.Server.Echoing;
using Tessera.Wire;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>A directory of a client's, mounted here: session, file system and mount, put together and taken apart. Outlives its connections by the grace time.</summary>
internal sealed class Workspace : IServedSession
{
    /// <summary>Others change the directory at the client: what they did is seen after so long, as with a directory of this host.</summary>
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(1);
    private const int RequestBytes = 1 << 20;

    private readonly string mountPoint;
    private readonly bool readOnly;
    private readonly ServerRules rules;
    private readonly ServerRecord record;
    private readonly EventLog log;
    private readonly ImportSession session;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim ending = new(1);
    private readonly CancellationTokenSource over = new();
    private readonly Timer graceTimer;
    private IFrameTransport? connection;
    private Task connected = Task.CompletedTask;
    private RemoteFileSystem? files;
    private FuseMount? mount;
    private ChangeRelay? changes;
    private ChangeDoor? followers;
    private Echo? echo;
    private bool madeDirectory;

    public Workspace(string mountPoint, Grant grant, bool readOnly, ServerRules rules, ServerRecord record)
    {
        Name = Path.GetFileName(mountPoint);
        Grant = grant;
        this.mountPoint = mountPoint;
        this.readOnly = readOnly;
        this.rules = rules;
        this.record = record;
        log = record.Log;
        session = new ImportSession(rules.Deadline);
        _ = EndWhenStuckAsync();
        graceTimer = new Timer(_ => _ = EndAsync(new Farewell(FarewellReason.Ended, "The grace time is over.")));
    }

    public string Name { get; }

    public Grant Grant { get; private set; }

    public SessionKey Key { get; } = SessionKey.Create();

    public string? Detail => null;

    public bool IsConnected => !connected.IsCompleted;

    public bool IsMounted => mount is not null && !IsEnded;

    public bool IsEnded => ended.Task.IsCompleted;

    /// <summary>Completes when nothing is mounted any more.</summary>
    public Task Ended => ended.Task;

    public void Extend(DateTimeOffset expires) => Grant = Grant with { Expires = expires };

    /// <summary>Takes a connection that its client made, in the place of the one it had.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="offered">What the client can do.</param>
    /// <returns>Completes when the connection is lost, or the session over.</returns>
    public async Task<Task> ConnectAsync(IFrameTransport transport, string? client, WireFeatures offered)
    {
        graceTimer.Change(Timeout.Infinite, Timeout.Infinite);
        connection?.Abort();
        await connected;
        WireFeatures features = offered & (WireFeatures.Changes | (rules.Traces is null ? WireFeatures.None : WireFeatures.Traces));
        await transport.SendAsync(new Welcome(1, rules.Grace, features, Key).Encode(), CancellationToken.None);
        connection = transport;
        if (session.IsOver)
        {
            transport.Abort(); // The grace time ended in this moment.
            return Task.CompletedTask;
        }

        record.Meters.CountConnection();
        bool isFirst = mount is null;
        await (record.Audit?.ConnectedAsync(this, client, !isFirst) ?? default);
        connected = RunAsync(transport, features);
        log.Info("connected", ("workspace", Name), ("session", Key), ("resumed", !isFirst));
        return connected;
    }

    /// <summary>Fails what waits, unmounts, and removes the mount point where it was made for this.</summary>
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
            await session.EndAsync(farewell);
            await over.CancelAsync();
            changes?.End();
            await (followers?.DisposeAsync() ?? default);
            echo?.Dispose();
            if (mount is not null)
            {
                await mount.DetachAsync(ServerLimits.DetachPatience);
            }

            files?.Dispose();
            connection?.Abort();
            RemoveDirectory();
            over.Dispose();
            await (record.Audit?.EndedAsync(this, farewell.Text) ?? default);
            log.Info("ended", ("workspace", Name), ("session", Key), ("reason", farewell.Reason), ("text", farewell.Text));
            ended.SetResult();
        }
        finally
        {
            ending.Release();
        }
    }

    /// <summary>Mounts it, with its first connection.</summary>
    public async Task MountAsync()
    {
        await ending.WaitAsync(); // A session that ends in this moment ends before there is a mount, or after.
        try
        {
            if (IsEnded || mount is not null)
            {
                return;
            }

            madeDirectory = !Directory.Exists(mountPoint);
            MountPoint.Prepare(mountPoint, create: true, sentence => log.Info("mount_point", ("message", sentence)));
            mount = await Task.Run(Mount);
            _ = EndWithMountAsync(mount);
            log.Info("mounted", ("workspace", Name), ("mount_point", mountPoint), ("read_only", readOnly));
        }
        catch (Exception fault) when (fault is CommandException or FuseMountException or IOException or UnauthorizedAccessException)
        {
            log.Fault("mount", fault);
            _ = EndAsync(new Farewell(FarewellReason.Fault, $"It cannot be mounted: {fault.Message}"));
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
            if (await session.RunAsync(transport, features) is { } farewell)
            {
                _ = EndAsync(farewell);
                return;
            }

            log.Info("disconnected", ("workspace", Name), ("session", Key));
            if (!IsEnded && !session.IsOver)
            {
                graceTimer.Change(rules.Grace, Timeout.InfiniteTimeSpan);
            }
        }
        catch (WireProtocolException fault)
        {
            log.Warning("protocol", ("workspace", Name), ("message", fault.Message));
            _ = EndAsync(new Farewell(FarewellReason.Protocol, fault.Message));
        }
        catch (ObjectDisposedException)
        {
            log.Info("disconnected", ("workspace", Name), ("session", Key)); // The grace time ended in this moment.
        }
    }

    /// <summary>Every file is shown as the server's user's: who owns it at the client says nothing here. What runs or gives rights is not honoured.</summary>
    private FuseMount Mount()
    {
        var doorOptions = new FuseDoorOptions
        {
            CacheTime = CacheTime,
            Uid = Libc.GetEffectiveUserId(),
            Gid = Libc.GetGroupId(),
        };
        files = new RemoteFileSystem(session);
        var stack = new EchoFileSystem(SessionStack.Compose(files, new SessionIdentity(Name, Key.ToString(), Grant.Id, over.Token), rules, record), files.Hold);
        var door = new FuseDoor(stack, doorOptions);
        var protocol = new FuseOptions
        {
            // Neither access lists nor handles that outlive the mount travel: asking for them would be a round trip each.
            Features = doorOptions.Features & ~(FuseFeatures.PosixAcl | FuseFeatures.ExportSupport),
            MaxWrite = RequestBytes,
            MaxReadahead = RequestBytes,
            OnFault = fault => log.Warning("fuse", ("message", fault.ToString())),
        };
        var options = new FuseMountOptions { Source = $"workspace:{Name}", Subtype = MountEntry.TesseraSubtype, ReadOnly = readOnly, ReadAheadBytes = 4 * RequestBytes };
        FuseMount made = FuseMount.Mount(mountPoint, door, options, protocol);
        door.Notifier = made.Server.Notifier;
        TellChanges(stack, door, made);
        return made;
    }

    /// <summary>What is changed at the client is told first to the kernel, so that who is told afterwards and looks sees it. Through a mount that is read-only nothing can be repeated.</summary>
    private void TellChanges(EchoFileSystem stack, FuseDoor door, FuseMount made)
    {
        echo = made.DeviceMinor is { } minor && !readOnly ? new Echo(record.Echoes, stack, door, new EchoMount(mountPoint, minor)) : null;
        followers = made.DeviceMinor is { } device ? OpenChangeDoor(device) : null;
        changes = new ChangeRelay(
            change =>
            {
                door.Forget(change);
                followers?.Tell(change);
                echo?.Repeat(change);
            },
            fault => log.Fault("changes", fault));
        files!.OnChange = changes.Add;
    }

    /// <summary>Null: there is no place for its socket, and nobody is told; the workspace is there all the same.</summary>
    private ChangeDoor? OpenChangeDoor(uint device)
    {
        try
        {
            return new ChangeDoor(ControlPath.EventsIn(ControlPath.CreateOwnDirectory(), $"0:{device}"), TimeProvider.System);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or SocketException)
        {
            log.Warning("changes", ("workspace", Name), ("message", $"'tessera events' cannot be told: {fault.Message}"));
            return null;
        }
    }

    /// <summary>It answers pings and nothing else: programs must not wait for it any longer.</summary>
    private async Task EndWhenStuckAsync()
    {
        await session.Stuck;
        await EndAsync(new Farewell(FarewellReason.Fault, "The client answers no requests."));
    }

    private async Task EndWithMountAsync(FuseMount mounted)
    {
        await mounted.Completion;
        await EndAsync(new Farewell(FarewellReason.Ended, "It was unmounted."));
    }

    /// <summary>rmdir(2), which removes nothing that is in it and nothing that is mounted.</summary>
    private void RemoveDirectory()
    {
        try
        {
            if (madeDirectory)
            {
                Directory.Delete(mountPoint, recursive: false);
            }
        }
        catch (IOException fault)
        {
            log.Warning("mount_point", ("message", fault.Message));
        }
    }
}
