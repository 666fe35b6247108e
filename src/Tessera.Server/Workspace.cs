using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Metering;
using Tessera.Host.Mounting;
using Tessera.Host.Native;
using Tessera.Host.Sharing;
using Tessera.Wire;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>A directory of a client's, mounted here: session, file system and mount, put together and taken apart. Outlives its connections by the grace time.</summary>
internal sealed class Workspace
{
    /// <summary>Others change the directory at the client: what they did is seen after so long, as with a directory of this host.</summary>
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(1);
    private const int RequestBytes = 1 << 20;

    private readonly string mountPoint;
    private readonly bool readOnly;
    private readonly TimeSpan grace;
    private readonly ServerMeters meters;
    private readonly EventLog log;
    private readonly ImportSession session = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim ending = new(1);
    private readonly Timer graceTimer;
    private IFrameTransport? connection;
    private Task connected = Task.CompletedTask;
    private RemoteFileSystem? files;
    private FuseMount? mount;
    private bool madeDirectory;

    public Workspace(string mountPoint, Grant grant, bool readOnly, TimeSpan grace, ServerRecord record)
    {
        Name = Path.GetFileName(mountPoint);
        Grant = grant;
        this.mountPoint = mountPoint;
        this.readOnly = readOnly;
        this.grace = grace;
        (meters, log) = record;
        graceTimer = new Timer(_ => _ = EndAsync(new Farewell(FarewellReason.Ended, "The grace time is over.")));
    }

    public string Name { get; }

    /// <summary>What its client's token allowed when the session began.</summary>
    public Grant Grant { get; }

    /// <summary>By which its client finds it again.</summary>
    public SessionKey Key { get; } = SessionKey.Create();

    public bool IsConnected => !connected.IsCompleted;

    public bool IsMounted => mount is not null && !IsEnded;

    public bool IsEnded => ended.Task.IsCompleted;

    /// <summary>Completes when nothing is mounted any more.</summary>
    public Task Ended => ended.Task;

    /// <summary>Takes a connection that its client made, in the place of the one it had; the first mounts.</summary>
    /// <returns>Completes when the connection is lost, or the session over.</returns>
    public async Task<Task> ConnectAsync(IFrameTransport transport)
    {
        graceTimer.Change(Timeout.Infinite, Timeout.Infinite);
        connection?.Abort();
        await connected;
        await transport.SendAsync(new Welcome(1, grace, WireFeatures.None, Key).Encode(), CancellationToken.None);
        connection = transport;
        if (session.IsOver)
        {
            transport.Abort(); // The grace time ended in this moment.
            return Task.CompletedTask;
        }

        meters.CountConnection();
        bool isFirst = mount is null;
        connected = RunAsync(transport);
        log.Info("connected", ("workspace", Name), ("session", Key), ("resumed", !isFirst));
        if (isFirst)
        {
            await MountAsync();
        }

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
            if (mount is not null)
            {
                await mount.DetachAsync(ServerLimits.DetachPatience);
            }

            files?.Dispose();
            connection?.Abort();
            RemoveDirectory();
            log.Info("ended", ("workspace", Name), ("session", Key), ("reason", farewell.Reason), ("text", farewell.Text));
            ended.SetResult();
        }
        finally
        {
            ending.Release();
        }
    }

    private async Task RunAsync(IFrameTransport transport)
    {
        await Task.Yield();
        try
        {
            if (await session.RunAsync(transport) is { } farewell)
            {
                _ = EndAsync(farewell);
                return;
            }

            log.Info("disconnected", ("workspace", Name), ("session", Key));
            if (!IsEnded && !session.IsOver)
            {
                graceTimer.Change(grace, Timeout.InfiniteTimeSpan);
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

    private async Task MountAsync()
    {
        try
        {
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
        var door = new FuseDoor(new MeteredFileSystem(files, meters.Requests), doorOptions);
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
        return made;
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
