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
internal sealed class Workspace : ServedSession
{
    /// <summary>Others change the directory at the client: what they did is seen after so long, as with a directory of this host.</summary>
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(1);
    private const int RequestBytes = 1 << 20;

    private readonly string mountPoint;
    private readonly bool readOnly;
    private readonly ImportSession session;
    private RemoteFileSystem? files;
    private FuseMount? mount;
    private ChangeRelay? changes;
    private ChangeDoor? followers;
    private Echo? echo;
    private bool madeDirectory;

    public Workspace(string mountPoint, Grant grant, bool readOnly, ServerRules rules, ServerRecord record)
        : base("workspace", Path.GetFileName(mountPoint), grant, rules, record)
    {
        this.mountPoint = mountPoint;
        this.readOnly = readOnly;
        session = new ImportSession(rules.Deadline);
        _ = EndWhenStuckAsync();
    }

    public bool IsMounted => mount is not null && !IsEnded;

    protected override WireFeatures Offers => WireFeatures.Changes | WireFeatures.Compression | (Rules.Traces is null ? WireFeatures.None : WireFeatures.Traces);

    protected override bool IsOver => IsEnded || session.IsOver;

    /// <summary>Mounts it, with its first connection.</summary>
    public async Task MountAsync()
    {
        await Ending.WaitAsync(); // A session that ends in this moment ends before there is a mount, or after.
        try
        {
            if (IsEnded || mount is not null)
            {
                return;
            }

            madeDirectory = !Directory.Exists(mountPoint);
            MountPoint.Prepare(mountPoint, create: true, sentence => Log.Info("mount_point", ("message", sentence)));
            mount = await Task.Run(Mount);
            _ = EndWithMountAsync(mount);
            Log.Info("mounted", ("workspace", Name), ("mount_point", mountPoint), ("read_only", readOnly));
        }
        catch (Exception fault) when (fault is CommandException or FuseMountException or IOException or UnauthorizedAccessException)
        {
            Log.Fault("mount", fault);
            _ = EndAsync(new Farewell(FarewellReason.Fault, $"It cannot be mounted: {fault.Message}"));
        }
        finally
        {
            Ending.Release();
        }
    }

    protected override Welcome Welcome(WireFeatures features) => new(1, Rules.Grace, features, Key);

    protected override Task<Farewell?> ServeAsync(IFrameTransport transport, WireFeatures features) => session.RunAsync(transport, features);

    protected override Task SayFarewellAsync(Farewell farewell) => session.EndAsync(farewell);

    /// <summary>Unmounts, and removes the mount point where it was made for this.</summary>
    protected override async Task CloseAsync(Task connected)
    {
        changes?.End();
        await (followers?.DisposeAsync() ?? default);
        echo?.Dispose();
        if (mount is not null)
        {
            await mount.DetachAsync(ServerLimits.DetachPatience);
        }

        files?.Dispose();
        RemoveDirectory();
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
        var stack = new EchoFileSystem(SessionStack.Compose(files, Identity, Rules, Record), files.Hold);
        var door = new FuseDoor(stack, doorOptions);
        var protocol = new FuseOptions
        {
            // Neither access lists nor handles that outlive the mount travel: asking for them would be a round trip each.
            Features = doorOptions.Features & ~(FuseFeatures.PosixAcl | FuseFeatures.ExportSupport),
            MaxWrite = RequestBytes,
            MaxReadahead = RequestBytes,
            OnFault = fault => Log.Warning("fuse", ("message", fault.ToString())),
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
        echo = made.DeviceMinor is { } minor && !readOnly ? new Echo(Record.Echoes, stack, door, new EchoMount(mountPoint, minor)) : null;
        followers = made.DeviceMinor is { } device ? OpenChangeDoor(device) : null;
        changes = new ChangeRelay(
            change =>
            {
                door.Forget(change);
                followers?.Tell(change);
                echo?.Repeat(change);
            },
            fault => Log.Fault("changes", fault));
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
            Log.Warning("changes", ("workspace", Name), ("message", $"'tessera events' cannot be told: {fault.Message}"));
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
            Log.Warning("mount_point", ("message", fault.Message));
        }
    }
}
