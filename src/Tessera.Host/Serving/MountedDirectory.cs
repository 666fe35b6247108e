using System.Text.Json;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Logging;
using Tessera.Host.Metering;
using Tessera.Host.Mounting;
using Tessera.Host.Statistics;
using Tessera.HostFiles;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>A directory of this host being served: the one place where directory, decorators and door are put together, and taken apart.</summary>
internal sealed class MountedDirectory
{
    /// <summary>As libfuse has it: others may change the directory behind the mount, and what they did is seen after so long.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(1);

    private readonly MountRequest request;
    private readonly EventLog log;
    private readonly HostDirectory directory;
    private readonly FuseDoor door;
    private readonly FuseMount mount;
    private readonly CallMeters<Operation> meters = new();
    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    private FuseBackingRegistry? registry;

    private MountedDirectory(MountRequest request, EventLog log, HostDirectory directory)
    {
        this.request = request;
        this.log = log;
        this.directory = directory;
        MountOptions options = request.Options;
        var doorOptions = new FuseDoorOptions
        {
            CacheTime = Span(options.AttributeTimeout, DefaultTimeout),
            EntryTime = Span(options.EntryTimeout, DefaultTimeout),
            NegativeTime = Span(options.NegativeTimeout, TimeSpan.Zero),
            Uid = options.Uid,
            Gid = options.Gid,
            AllowIdMap = options.IdMap,
            Passthrough = !options.NoPassthrough,
            KeepsCache = options.AccessTimes != AccessTimePolicy.Strict,
        };
        door = new FuseDoor(new MeteredFileSystem(directory, meters), doorOptions) { Backed = directory };
        int requestBytes = MemoryPlan.For(options.MemoryBytes).RequestBytes;
        mount = FuseMount.Mount(request.MountPoint, door, KernelMountOptions.Of(request, options.ReadOnly, 2 * requestBytes), Protocol(doorOptions, requestBytes));
        door.Notifier = mount.Server.Notifier;
    }

    /// <summary>Opens and mounts. When it throws nothing is left behind.</summary>
    /// <exception cref="IOException">The directory cannot be opened.</exception>
    /// <exception cref="FuseMountException">It cannot be mounted there.</exception>
    public static MountedDirectory Mount(MountRequest request, EventLog log)
    {
        HostDirectory opened = HostDirectory.Open(request.VolumePath, new HostDirectoryOptions
        {
            ReadOnly = request.Options.ReadOnly,
            NoAccessTime = request.Options.AccessTimes == AccessTimePolicy.Never,
            Freshness = Span(request.Options.EntryTimeout, DefaultTimeout),
        });
        try
        {
            return new MountedDirectory(request, log, opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Serves until the mount is gone, whoever removed it.</summary>
    /// <param name="ready">Called once the mount can be used and its daemon be asked.</param>
    public async Task<ExitCode> ServeAsync(Action ready)
    {
        using var session = new MountSession(request, log, mount);
        await Task.WhenAny(mount.Server.Initialized, mount.Completion);
        if (mount.Server.Connection?.Has(FuseFeatures.Passthrough) == true)
        {
            registry = new FuseBackingRegistry(mount.Device);
            directory.BackingRegistry = registry;
        }

        await session.RunAsync((asked, _, _) => Task.FromResult(Answer(asked)), () => meters.CountWithout(Operation.Forget), ready);
        directory.Dispose();
        log.Info("closed", ("volume", request.Source));
        return ExitCode.Ok;
    }

    private static TimeSpan Span(double? seconds, TimeSpan otherwise) => seconds is { } told ? TimeSpan.FromSeconds(told) : otherwise;

    private FuseOptions Protocol(FuseDoorOptions doorOptions, int requestBytes) => new()
    {
        Features = doorOptions.Features,
        MaxWrite = requestBytes,
        MaxReadahead = requestBytes,
        MaxStackDepth = doorOptions.Passthrough ? 1u : 0,
        OnFault = new VolumeEventLog(log).FuseFailed,
    };

    private JsonElement Answer(ControlRequest asked) => asked.Operation switch
    {
        MountFacts.Operation => JsonSerializer.SerializeToElement(ReadFacts(), HostJson.Default.DirectoryFacts),
        StatsFacts.Operation => JsonSerializer.SerializeToElement(ReadStats(), HostJson.Default.DirectoryStats),
        _ => throw new CommandException(ExitCode.Usage, $"A mounted directory of this host has no '{asked.Operation}': that is for volumes."),
    };

    private DirectoryFacts ReadFacts() => new(
        request.Source, mount.MountPoint, Environment.ProcessId, request.Options.ReadOnly, registry?.IsUsable == true, ReadSpace(), started, request.LogPath);

    private DirectoryStats ReadStats() => new()
    {
        UptimeSeconds = (DateTimeOffset.UtcNow - started).TotalSeconds,
        Operations = [.. meters.Read().Select(CallReport.Of)],
        Inodes = directory.Nodes,
        InodesKnownToKernel = door.RememberedInodes,
        OpenFiles = directory.OpenHandles,
        PassthroughOpens = directory.BackedOpens,
        ResidentBytes = Environment.WorkingSet,
        Space = ReadSpace(),
        Threads = mount.Server.Threads,
    };

    private SpaceFacts ReadSpace()
    {
        ValueTask<FsResult<FileSystemStatistics>> asked = directory.GetStatisticsAsync(Caller.Engine);
        return DirectoryFacts.SpaceOf(asked.IsCompletedSuccessfully ? asked.Result.Value : default);
    }
}
