using System.Text.Json;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;

namespace Tessera.Host.Serving;

/// <summary>What a mount's daemon does besides serving, whatever it serves: stops on signals, unmounts when idle, answers on its control socket.</summary>
internal sealed class MountSession : IDisposable
{
    /// <summary>After a first signal programs may go on with what they have open for so long; systemd kills a service after 90 s.</summary>
    private static readonly TimeSpan DetachPatience = TimeSpan.FromSeconds(45);

    private readonly MountRequest request;
    private readonly EventLog log;
    private readonly FuseMount mount;
    private readonly StopSignals signals;

    /// <summary>The device number that the kernel gave the mount: another may be mounted over it.</summary>
    private readonly string? device;

    /// <summary>Signals are taken from here on.</summary>
    public MountSession(MountRequest request, EventLog log, FuseMount mount)
    {
        this.request = request;
        this.log = log;
        this.mount = mount;
        device = TesseraMounts.Find(mount.MountPoint)?.Device;
        signals = new StopSignals(Stop, log.Reopen);
    }

    /// <summary>Answers and watches until the mount is gone, whoever removed it.</summary>
    /// <param name="answer">What the control socket is asked.</param>
    /// <param name="countRequests">Requests of programs so far.</param>
    /// <param name="ready">Called once the mount can be used and its daemon be asked.</param>
    public async Task RunAsync(Func<ControlRequest, IProgress<ControlReply>, CancellationToken, Task<JsonElement>> answer, Func<long> countRequests, Action ready)
    {
        ControlServer? control = StartControl(answer);
        ready(); // Before the first line of the log: its encoder is compiled for that, and somebody waits.
        log.Info("mounted", ("volume", request.Source), ("mount_point", request.MountPoint), ("read_only", request.Options.ReadOnly), ("pid", Environment.ProcessId));
        using (IdleWatch? idle = request.Options.IdleSeconds is { } seconds
            ? new IdleWatch(TimeSpan.FromSeconds(seconds), countRequests, TryUnmountIdle, TimeProvider.System)
            : null)
        using (Timer? limit = request.Options.LimitSeconds is { } time ? new Timer(_ => End("time_over"), state: null, TimeSpan.FromSeconds(time), Timeout.InfiniteTimeSpan) : null)
        {
            await mount.Completion;
        }

        if (control is not null)
        {
            await control.DisposeAsync();
        }
    }

    /// <summary>Unmounts, whoever uses it: what programs have written is handed over, then their files fail.</summary>
    /// <param name="why">What the log calls it.</param>
    public void End(string why)
    {
        try
        {
            log.Info(why, ("mount_point", request.MountPoint), ("seconds", request.Options.LimitSeconds));
            if (TesseraMounts.Find(mount.MountPoint) is { } entry && entry.Device == device && !Unmounting.TryUnmount(entry))
            {
                ForcedUnmount.Run(entry);
            }
        }
#pragma warning disable CA1031 // Nobody awaits this; whatever went wrong, the volume must not stay open.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.Fault(why, fault);
            mount.Abort();
        }
    }

    public void Dispose() => signals.Dispose();

    /// <summary>Without a control socket the mount still serves; "info" and "stats" then say that its daemon does not answer.</summary>
    private ControlServer? StartControl(Func<ControlRequest, IProgress<ControlReply>, CancellationToken, Task<JsonElement>> answer)
    {
        try
        {
            MountEntry entry = TesseraMounts.Require(mount.MountPoint);
            return new ControlServer(
                ControlPath.SocketIn(ControlPath.CreateOwnDirectory(), entry),
                answer,
                fault => log.Warning("control", ("message", fault.Message)));
        }
        catch (Exception fault) when (fault is CommandException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            log.Fault("control_socket", fault);
            return null;
        }
    }

    /// <summary>On a thread of the pool: the kernel asks this daemon to end the connection while the call lasts.</summary>
    private bool TryUnmountIdle()
    {
        try
        {
            bool unmounted = TesseraMounts.Find(mount.MountPoint) is { } entry && entry.Device == device && Unmounting.TryUnmount(entry);
            log.Info(unmounted ? "idle_unmounted" : "idle_but_in_use", ("mount_point", request.MountPoint), ("seconds", request.Options.IdleSeconds));
            return unmounted;
        }
#pragma warning disable CA1031 // Nobody awaits this; the mount stays, and is looked at again.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.Fault("idle_unmount", fault);
            return false;
        }
    }

    private void Stop(int count)
    {
        log.Info("signal", ("count", count));
        _ = count == 1 ? DetachAsync() : Task.Run(mount.Abort);
    }

    private async Task DetachAsync()
    {
        try
        {
            await mount.DetachAsync(DetachPatience);
        }
#pragma warning disable CA1031 // Nobody awaits this; a second signal still aborts.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            log.Fault("detach", fault);
        }
    }
}
