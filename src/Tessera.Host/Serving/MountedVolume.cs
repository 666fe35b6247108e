using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Container.Sealing;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Host.Alarms;
using Tessera.Host.Auditing;
using Tessera.Host.Backups;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Growing;
using Tessera.Host.Locking;
using Tessera.Host.Logging;
using Tessera.Host.Metering;
using Tessera.Host.Middleware;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Rotating;
using Tessera.Host.Scrubbing;
using Tessera.Volumes;
using Tessera.Volumes.Accesses;

namespace Tessera.Host.Serving;

/// <summary>A volume being served: the one place where medium, store, engine, decorators and door are put together, and taken apart.</summary>
internal sealed class MountedVolume
{
    /// <summary>Requests that wait for the disk hold a thread each; the pool's own growth, one a second, is too slow for a burst.</summary>
    private const int PoolThreads = 32;

    /// <summary>So much of what was done before a crash an older copy could undo unnoticed.</summary>
    private static readonly TimeSpan s_rememberEvery = TimeSpan.FromSeconds(10);

    private readonly MountRequest _request;
    private readonly EventLog _log;
    private readonly ContainerStore _store;
    private readonly Volume _volume;
    private readonly IFileSystem _files;
    private readonly VolumeAudit? _audit;
    private readonly AlarmGuard? _guard;
    private readonly FuseDoorOptions _doorOptions;
    private readonly FuseDoor _door;
    private readonly FuseMount _mount;
    private readonly CallMeters<Operation> _meters = new();
    private readonly CallMeters<DiskCall> _diskMeters;
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly long _startedTicks = Stopwatch.GetTimestamp();
    private readonly string _waitingFile;

    /// <summary>Where the volume can be reached although the mount may lie over it.</summary>
    private readonly string _volumePath;

    /// <summary>Null when no rotation of the key is under way, or none is to be gone on with.</summary>
    private BackgroundReseal? _reseal;

    /// <summary>Null before it is served.</summary>
    private MountSession? _session;

    private MountedVolume(MountRequest request, EventLog log, MeteredStore store, AuditedVolume volume, int requestBytes)
    {
        _request = request;
        _log = log;
        (_store, _diskMeters) = store;
        (_volume, _files, _audit) = volume;
        _doorOptions = new FuseDoorOptions
        {
            Uid = request.Options.Uid,
            Gid = request.Options.Gid,
            AllowIdMap = request.Options.IdMap,
            KeepsCache = request.Options.AccessTimes != AccessTimePolicy.Strict,

            // A directory that is removed stays for as long as the kernel knows it. Who must see each listing, or refuse it, is asked each time.
            OwnAttributes = name => name == OuterRecovery.Attribute ? TellRecoveryKey() : name == LockAttribute.Name && LockAttribute.IsOf(request) ? LockAttribute.State : null,
            SetOwnAttribute = LockAttribute.IsOf(request) ? new LockAttribute(() => _session?.End("lock_asked")).Set : null,
            SkipsOpenDirectory = request.Options is { AccessTimes: not AccessTimePolicy.Strict, Alarms: null, Audit: false },
        };
        _guard = request.Options.Alarms is { } alarms ? new AlarmGuard(alarms, TimeProvider.System, ReportAlarm) : null;
        _door = new FuseDoor(new MeteredFileSystem(Compose(), _meters), _doorOptions);
        _volumePath = request.IsLockedFile ? LockedFile.PathBeneath(request) : LockedDirectory.PathBeneath(request);
        _mount = Mount(requestBytes);
        _door.Notifier = _mount.Server.Notifier;
        _waitingFile = TesseraMounts.Find(_mount.MountPoint) is { } entry ? $"/sys/fs/fuse/connections/{entry.ConnectionNumber}/waiting" : string.Empty;
    }

    private long ResealRate => _request.Options.ResealRate ?? BackgroundReseal.DefaultBytesPerSecond;

    /// <summary>Also where a cut came before the key slots said that it is through.</summary>
    private bool GoesOnRotating => (_store.IsRotating || _request.KeyRotates) && !_store.IsReadOnly && ResealRate > 0;

    private string AlarmName => _request.Options.Alarm.ToString()!.ToLowerInvariant();

    /// <summary>Opens and mounts; the mount is usable when this returns. When it throws nothing is left behind.</summary>
    /// <exception cref="IOException">The volume does not open (see <see cref="Refusal"/>).</exception>
    /// <exception cref="FuseMountException">It cannot be mounted there.</exception>
    public static async Task<MountedVolume> MountAsync(MountRequest request, SecretBytes key, EventLog log)
    {
        ThreadPool.SetMinThreads(PoolThreads, PoolThreads);
        var events = new VolumeEventLog(log);
        MemoryPlan memory = MemoryPlan.For(request.Options.MemoryBytes);
        var diskMeters = new CallMeters<DiskCall>();
        ContainerStore store = OpenStore(request, key, memory, events, diskMeters);
        try
        {
            Volume volume = await Volume.OpenAsync(store, EngineSettings.Volume(request.Options, memory, store.Header.Profile), SystemClock.Instance, events);
            VolumeAudit? audit = null;
            try
            {
                MountOptions options = request.Options;
                IFileSystem files = request.IsLockedFile ? await LockedFile.ContentOfAsync(volume, request.Source) : volume;
                audit = options.Audit ? await VolumeAudit.StartAsync(store, options.AuditBytes ?? AccessLogLimits.DefaultBytes, log, TimeProvider.System) : null;
                return new MountedVolume(request, log, new MeteredStore(store, diskMeters), new AuditedVolume(volume, files, audit), memory.RequestBytes);
            }
            catch
            {
                await volume.CloseAsync();
                await EndAsync(audit);
                throw;
            }
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves until the mount is gone, whoever removed it, then closes the volume.</summary>
    /// <param name="ready">Called once the mount can be used and its daemon be asked.</param>
    public async Task<ExitCode> ServeAsync(Action ready)
    {
        using var session = new MountSession(_request, _log, _mount);
        _session = session;
        AppDomain.CurrentDomain.UnhandledException += LogCrash;
        using (Timer? remembering = _request.SeenDirectory is null ? null : new Timer(_ => _store.Remember(), state: null, s_rememberEvery, s_rememberEvery))
        {
            _reseal = GoesOnRotating ? new BackgroundReseal(_store, _volume, _volumePath, ResealRate, _log) : null;
            await session.RunAsync(AnswerAsync, () => _meters.CountWithout(Operation.Forget), ready);
        }

        return await CloseAsync();
    }

    private static ValueTask EndAsync(VolumeAudit? audit) => audit?.DisposeAsync() ?? default;

    /// <summary>What a request goes through between the meters and the volume.</summary>
    private IFileSystem Compose()
    {
        IFileSystem files = _guard is null ? _files : new AlarmedFileSystem(_files, _guard);
        if (_audit is null)
        {
            return files;
        }

        var names = new KnownNames();
        return new AuditedFileSystem(new NamedFileSystem(files, names), new AuditTrail(_audit, Workspace: null, Session: null, names));
    }

    private void ReportAlarm(RaisedAlarm alarm)
    {
        _log.Warning("alarm", ("message", alarm.ToString()), ("action", AlarmName), ("uid", (long)alarm.Caller.Uid), ("pid", (long)alarm.Caller.Pid));
        if (_guard!.IsLocked)
        {
            _ = Task.Run(_door.ForgetAll); // What was read before is not read again from the kernel's memory.
        }

        if (_audit is not null)
        {
            var record = new AuditRecord("alarm") { Caller = alarm.Caller with { Groups = default, Cancellation = default }, Detail = AlarmName, Reason = alarm.ToString() };
            _ = _audit.WriteAsync(record).AsTask(); // It waits for room at most; whoever exceeded the rate need not.
        }
    }

    /// <summary>The runtime ends the process after this, and says why only to a standard error that a daemon does not have.</summary>
    private void LogCrash(object sender, UnhandledExceptionEventArgs crash)
    {
        if (crash.ExceptionObject is Exception fault)
        {
            _log.Fault("crashed", fault);
        }
    }

    private static ContainerStore OpenStore(MountRequest request, SecretBytes key, MemoryPlan memory, VolumeEventLog events, CallMeters<DiskCall> meters)
    {
        MountOptions options = request.Options;
        IHostMedium medium = HostMedium.Open(request.VolumePath, new FileMediumOptions { ReadOnly = options.ReadOnly, ShowTimes = options.ShowTimes });
        return ContainerOpener.Open(
            new MeteredMedium(new WatchedMedium(medium, events.MediumStalled), meters), key.Span, EngineSettings.Store(options, memory, request.SeenDirectory, events));
    }

    private FuseMount Mount(int requestBytes)
    {
        var events = new VolumeEventLog(_log);
        return FuseMount.Mount(
            _request.MountPoint,
            _door,
            KernelMountOptions.Of(_request, _request.Options.ReadOnly, 2 * requestBytes),
            new FuseOptions
            {
                Features = _doorOptions.Features,
                MaxWrite = requestBytes,
                MaxReadahead = requestBytes,
                OnFault = events.FuseFailed,
            });
    }

    /// <summary>For locks that are made in the volume. Read anew each time: a new code may have been made meanwhile.</summary>
    private byte[]? TellRecoveryKey()
    {
        try
        {
            return RecoveryKeyReader.Read(_store)?.Encoded.ToArray();
        }
        catch (IOException fault)
        {
            _log.Fault("recovery_key_unreadable", fault);
            throw;
        }
    }

    private Task<JsonElement> AnswerAsync(ControlRequest request, IProgress<ControlReply> progress, CancellationToken cancellation) => request.Operation switch
    {
        MountFacts.Operation => Task.FromResult(HostJson.Element(ReadFacts())),
        StatsFacts.Operation => Task.FromResult(JsonSerializer.SerializeToElement(ReadStats(), HostJson.Default.StatsFacts)),
        BackupFacts.Operation or BackupFacts.FullOperation => BackupAsync(request, progress, cancellation),
        ScrubFacts.Operation => ScrubAsync(request, progress, cancellation),
        GrowFacts.Operation => GrowAsync(request, progress),
        AccessLogPage.Operation => ReadAccessLogAsync(request),
        ForcedUnmount.CutOffOperation => CutOffAsync(),
        _ => throw new CommandException(ExitCode.Usage, $"This daemon does not know '{request.Operation}': it is older or newer than the command."),
    };

    private async Task<JsonElement> CutOffAsync()
    {
        await Task.Run(_door.CutOff);
        return HostJson.Element(ReadFacts());
    }

    private async Task<JsonElement> BackupAsync(ControlRequest request, IProgress<ControlReply> progress, CancellationToken cancellation)
    {
        string directory = request.Argument is { } named && Path.IsPathFullyQualified(named)
            ? Path.GetFullPath(named)
            : throw new CommandException(ExitCode.Usage, "A backup needs the full path of a directory.");
        BackupVerb.RequireElsewhere(directory, _mount.MountPoint);
        await _volume.WriteBackAsync(); // What programs have written so far is in it, closed or not.
        BackupFacts facts = await BackupRun.RunAsync(_store, directory, request.Operation == BackupFacts.FullOperation, progress.Report, cancellation);
        _log.Info("backup", ("path", facts.Path), ("generation", facts.Generation), ("bytes", facts.Bytes), ("damaged_blocks", facts.DamagedBlocks), ("seconds", facts.Seconds));
        return JsonSerializer.SerializeToElement(facts, HostJson.Default.BackupFacts);
    }

    private async Task<JsonElement> ScrubAsync(ControlRequest request, IProgress<ControlReply> progress, CancellationToken cancellation)
    {
        if (!long.TryParse(request.Argument, CultureInfo.InvariantCulture, out long rate) || rate < 0)
        {
            throw new CommandException(ExitCode.Usage, "A scrub needs a rate.");
        }

        _log.Info("scrub_begun", ("bytes_per_second", rate));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ScrubFacts facts = await ScrubRun.RunAsync(_store, _volumePath, rate, Tell, ended.Token);
        foreach (string line in facts.Lines())
        {
            _log.Info("scrub", ("message", line));
        }

        return JsonSerializer.SerializeToElement(facts, HostJson.Default.ScrubFacts);

        void Tell(ControlReply reply)
        {
            try
            {
                progress.Report(reply);
            }
            catch (IOException)
            {
                ended.Cancel(); // Whoever asked has gone: what was found is still worth a line in the log.
            }
        }
    }

    private async Task<JsonElement> GrowAsync(ControlRequest request, IProgress<ControlReply> progress)
    {
        if (!long.TryParse(request.Argument, CultureInfo.InvariantCulture, out long size))
        {
            throw new CommandException(ExitCode.Usage, "To grow needs a size.");
        }

        GrowFacts facts = await GrowRun.RunAsync(_volumePath, _store, size, progress.Report);
        _log.Info("grown", ("old_bytes", facts.OldBytes), ("new_bytes", facts.NewBytes), ("seconds", facts.Seconds));
        return JsonSerializer.SerializeToElement(facts, HostJson.Default.GrowFacts);
    }

    private async Task<JsonElement> ReadAccessLogAsync(ControlRequest request)
    {
        if (!ulong.TryParse(request.Argument, CultureInfo.InvariantCulture, out ulong from))
        {
            throw new CommandException(ExitCode.Usage, "An access log is read from a segment on.");
        }

        if (_audit is not null && from == 0)
        {
            await _audit.FlushAsync(last: false);
        }

        return JsonSerializer.SerializeToElement(await AccessLogPages.ReadAsync(_store, from), HostJson.Default.AccessLogPage);
    }

    private MountFacts ReadFacts() => new()
    {
        Volume = _request.Source,
        MountPoint = _mount.MountPoint,
        Pid = Environment.ProcessId,
        ReadOnly = _store.IsReadOnly,
        Fault = _store.Fault?.Message,
        Header = HeaderFacts.Of(_store.Header),
        Keys = _store.Header.Profile == ContainerProfile.Plain ? null : KeyFacts.Of(_store, _reseal?.Facts),
        SizeLimit = _store.Root.SizeLimit,
        Space = SpaceFacts.Of(_store.GetStatistics()),
        Generation = _store.Root.Generation,
        MountEpoch = _store.Root.MountEpoch,
        Started = _started,
        Log = _request.LogPath,
        Alarm = _guard is null ? null : new AlarmFacts(AlarmName, _guard.Count, _guard.IsLocked, _guard.Latest),
        Audit = _audit is null ? null : new AuditFacts(_audit.Records, _audit.Lost),
    };

    private StatsFacts ReadStats()
    {
        ContainerCounters store = _store.Counters;
        VolumeCounters volume = _volume.Counters;
        VolumeCaches caches = _volume.Caches;
        return new StatsFacts
        {
            UptimeSeconds = Stopwatch.GetElapsedTime(_startedTicks).TotalSeconds,
            Operations = _meters.Read(),
            Disk = _diskMeters.Read(),
            Cache = CacheFacts.Of(volume, caches, _store.NodeCache.Counters, (_door.RememberedInodes, _door.RememberedInodesBytes)),
            Log = LogFacts.Of(_store, store),
            Sealing = SealFacts.Of(store),
            Decoys = new DecoyFacts(store.DecoysWritten, store.DecoysSkipped),
            Parity = _store.Header.Stripes is null ? null : new ParityFacts(store.RebuiltStripes, store.MendedSlots),
            Reshuffle = new ReshuffleFacts(volume.MovedBytes),
            Reseal = _reseal?.Facts,
            Memory = MemoryFacts.Read(new MemoryUses(caches.Blocks.Used, _store.NodeCache.Bytes, volume.DirtyBytes, store.TableBytes)),
            Space = SpaceFacts.Of(_store.GetStatistics()),
            Requests = RequestFacts.Of(_mount.Server, _waitingFile),
        };
    }

    private async Task<ExitCode> CloseAsync()
    {
        ExitCode code = ExitCode.Ok;
        long started = Stopwatch.GetTimestamp();
        await (_reseal?.DisposeAsync() ?? default);
        try
        {
            await _volume.CloseAsync();
        }
        catch (IOException fault)
        {
            _log.Fault("close", fault);
            code = ExitCode.Fault;
        }

        await EndAsync(_audit);
        await _store.DisposeAsync();
        _log.Info("closed", ("volume", _request.Source), ("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds), ("read_only_fault", _store.Fault?.Message));
        return _store.Fault is null ? code : ExitCode.Fault;
    }
}
