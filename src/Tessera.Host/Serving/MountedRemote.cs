using System.Text.Json;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Logging;
using Tessera.Host.Metering;
using Tessera.Host.Mounting;
using Tessera.Host.Native;
using Tessera.Host.Sharing;
using Tessera.Host.Statistics;
using Tessera.Volumes;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;

namespace Tessera.Host.Serving;

/// <summary>An export of a server being used here: the one place where connection, session, remote files and door are put together, and taken apart.</summary>
internal sealed class MountedRemote
{
    private const int RequestBytes = 1 << 20;

    /// <summary>What others change is seen after so long where nothing else says so.</summary>
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(1);

    /// <summary>The server says what others change: until then all is as it was.</summary>
    private static readonly TimeSpan LongTime = TimeSpan.FromHours(1);

    /// <summary>"info" is not to hang on a server that does not answer.</summary>
    private static readonly TimeSpan InfoPatience = TimeSpan.FromSeconds(2);

    private readonly MountRequest request;
    private readonly EventLog log;
    private readonly RemoteConnection connection;
    private readonly ImportSession session;
    private readonly RemoteFileSystem files;
    private readonly FuseDoor door;
    private readonly FuseMount mount;
    private readonly ChangeRelay changes;
    private readonly Task connected;
    private readonly CallMeters<Operation> meters = new();
    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    private readonly bool readOnly;

    private MountedRemote(MountRequest request, EventLog log, RemoteConnection connection, ImportSession session)
    {
        this.request = request;
        this.log = log;
        this.connection = connection;
        this.session = session;
        readOnly = request.Options.ReadOnly || connection.Welcome.ReadOnly;
        files = new RemoteFileSystem(session, new RemoteFileSystemOptions { Caching = CachingOf(Cache) });
        FuseDoorOptions options = DoorOptions();
        door = new FuseDoor(new MeteredFileSystem(files, meters), options) { Locks = options.AsksForLocks ? files.Locks : null };
        changes = new ChangeRelay(Tell, fault => log.Fault("changes", fault));
        connected = connection.RunAsync();
        mount = FuseMount.Mount(request.MountPoint, door, KernelMountOptions.Of(request, readOnly, 4 * RequestBytes), Protocol(options));
        door.Notifier = mount.Server.Notifier;
        files.OnChange = changes.Add;
        files.OnLocked = door.Forget;
    }

    private CacheMode Cache => request.Options.Cache ?? CacheMode.CloseToOpen;

    private string CacheName => Cache switch
    {
        CacheMode.Strict => "strict",
        CacheMode.Session => "session",
        _ => "close-to-open",
    };

    /// <summary>Connects and mounts. When it throws nothing is left behind.</summary>
    /// <param name="request">What is mounted where.</param>
    /// <param name="secret">The token; one zero byte: a certificate is shown.</param>
    /// <param name="log">The daemon's.</param>
    /// <exception cref="CommandException">The server does not answer, or does not let this client in.</exception>
    /// <exception cref="FuseMountException">It cannot be mounted there.</exception>
    public static async Task<MountedRemote> MountAsync(MountRequest request, SecretBytes secret, EventLog log)
    {
        MountOptions options = request.Options;
        CertificateFingerprint? fingerprint = options.Fingerprint is { } text ? CertificateFingerprint.Parse(text) : null;
        ServerAddresses addresses = RemoteSource.AddressesOf(request.VolumePath, fingerprint);
        var connector = new ShareConnector(
            addresses,
            ClientCredential.OfSecret(secret.Length > 1 ? secret.Span : default, options.ClientCertificate, addresses.Preferred),
            options.ReadOnly,
            fingerprint,
            WireRole.Importer)
        {
            OnUntrusted = fault => log.Warning("untrusted", ("message", fault.Message)),
        };
        var made = new ImportSession();
        RemoteConnection opened = await RemoteConnection.OpenAsync(connector, made, log);
        try
        {
            return new MountedRemote(request, log, opened, made);
        }
        catch
        {
            await opened.EndAsync();
            throw;
        }
    }

    /// <summary>Serves until the mount is gone, whoever removed it. A session that is over leaves the mount, which fails with ENOTCONN: what lies beneath it is not to be written to by
    /// mistake.</summary>
    /// <param name="ready">Called once the mount can be used and its daemon be asked.</param>
    public async Task<ExitCode> ServeAsync(Action ready)
    {
        using var daemon = new MountSession(request, log, mount);
        await daemon.RunAsync(AnswerAsync, () => meters.CountWithout(Operation.Forget), ready);
        changes.End();
        await Task.WhenAny(files.SettleAsync(), connected); // What is not written when the session is over is lost, as its programs were told.
        await connection.EndAsync();
        await connected;
        files.Dispose();
        session.Dispose();
        connection.Dispose();
        log.Info("closed", ("volume", request.Source));
        return ExitCode.Ok;
    }

    private static RemoteCaching CachingOf(CacheMode mode) => mode switch
    {
        CacheMode.Strict => RemoteCaching.Strict,
        CacheMode.Session => RemoteCaching.Told,
        _ => RemoteCaching.CloseToOpen,
    };

    private FuseDoorOptions DoorOptions() => new()
    {
        CacheTime = Cache switch
        {
            CacheMode.Strict => TimeSpan.Zero,
            CacheMode.Session when connection.Features.HasFlag(WireFeatures.Changes) => LongTime,
            _ => ShortTime,
        },
        KeepsCache = Cache == CacheMode.Session,
        DirectIo = Cache == CacheMode.Strict,
        AsksOnOpen = Cache == CacheMode.CloseToOpen,
        AsksForLocks = connection.Features.HasFlag(WireFeatures.Locks),
        Uid = request.Options.Uid ?? Libc.GetEffectiveUserId(),
        Gid = request.Options.Gid ?? Libc.GetGroupId(),
    };

    /// <summary>Neither access lists nor handles that outlive the mount travel: asking for them would be a round trip each.</summary>
    private FuseOptions Protocol(FuseDoorOptions options) => new()
    {
        Features = options.Features & ~(FuseFeatures.PosixAcl | FuseFeatures.ExportSupport),
        MaxWrite = RequestBytes,
        MaxReadahead = RequestBytes,
        OnFault = new VolumeEventLog(log).FuseFailed,
    };

    /// <summary>What others changed, told to the kernel. Where anything may have changed that is everything it was told of.</summary>
    private void Tell(FileChange change)
    {
        door.Forget(change);
        if (change.Kinds == ChangeKinds.Everything)
        {
            foreach (ulong ino in files.AllKnownInodes())
            {
                door.Forget(ino);
            }
        }
    }

    private async Task<JsonElement> AnswerAsync(ControlRequest asked, IProgress<ControlReply> progress, CancellationToken cancellation) => asked.Operation switch
    {
        MountFacts.Operation => HostJson.Element(await ReadFactsAsync()),
        StatsFacts.Operation => JsonSerializer.SerializeToElement(ReadStats(), HostJson.Default.RemoteStats),
        _ => throw new CommandException(ExitCode.Usage, $"A mounted export of a server has no '{asked.Operation}': that is for volumes, where they are."),
    };

    private async Task<RemoteFacts> ReadFactsAsync() => new(
        request.Source, mount.MountPoint, Environment.ProcessId, readOnly, CacheName, connection.State, connection.Reason, connection.Welcome.Session.ToString(), connection.Address, connection.Connections, connection.ResumeMs,
        connection.Welcome.Grace.TotalSeconds, connection.Features.HasFlag(WireFeatures.Locks), connection.Features.HasFlag(WireFeatures.Changes), await ReadSpaceAsync(), started,
        request.LogPath);

    private async Task<SpaceFacts?> ReadSpaceAsync()
    {
        try
        {
            FsResult<FileSystemStatistics> told = await files.GetStatisticsAsync(Caller.Engine).AsTask().WaitAsync(InfoPatience);
            return told.Ok ? DirectoryFacts.SpaceOf(told.Value) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private RemoteStats ReadStats() => new()
    {
        UptimeSeconds = (DateTimeOffset.UtcNow - started).TotalSeconds,
        Operations = [.. meters.Read().Select(CallReport.Of)],
        Requests = session.Calls,
        RequestsAhead = files.RequestsAhead,
        CompressedFrames = session.CompressedFrames,
        RoundTripMs = session.RoundTrip.TotalMilliseconds,
        Address = connection.Address,
        Connections = connection.Connections,
        Failovers = connection.Failovers,
        Inodes = files.KnownInodes,
        InodesKnownToKernel = door.RememberedInodes,
        OpenFiles = files.OpenFiles,
        WrittenFiles = files.WrittenFiles,
        ResidentBytes = Environment.WorkingSet,
        Threads = mount.Server.Threads,
    };
}
