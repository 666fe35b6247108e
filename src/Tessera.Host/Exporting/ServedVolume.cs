using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Rotating;
using Tessera.Host.Serving;
using Tessera.Host.Sharing;
using Tessera.Volumes;

namespace Tessera.Host.Exporting;

/// <summary>A volume that the server has opened: the engine, without a kernel between. Nobody else can open it meanwhile.</summary>
internal sealed class ServedVolume : ServedFiles
{
    /// <summary>Requests that wait for the disk hold a thread each; the pool's own growth, one a second, is too slow for a burst.</summary>
    private const int PoolThreads = 32;

    /// <summary>So much of what was done before a crash an older copy could undo unnoticed.</summary>
    private static readonly TimeSpan RememberEvery = TimeSpan.FromSeconds(10);

    private readonly ContainerStore store;
    private readonly Volume volume;
    private readonly EventLog log;
    private readonly BackgroundReseal? reseal;
    private readonly Timer? remembering;

    private ServedVolume(string name, (ContainerStore Store, Volume Volume, BackgroundReseal? Reseal) opened, InodeAttributes root, bool remembers, EventLog log)
        : base(name)
    {
        (store, volume, reseal) = opened;
        this.log = log;
        Owner = (root.Uid, root.Gid);
        remembering = remembers ? new Timer(_ => store.Remember(), state: null, RememberEvery, RememberEvery) : null;
    }

    public override IFileSystem Files => volume;

    public override bool IsReadOnly => store.IsReadOnly;

    /// <summary>Of the volume's root directory.</summary>
    public override (uint Uid, uint Gid) Owner { get; }

    public override string? Fault => store.Fault?.Message;

    public static new async Task<ServedVolume> OpenAsync(ExportOptions export, EventLog log)
    {
        ThreadPool.SetMinThreads(PoolThreads, PoolThreads);
        MountOptions options = export.Options;
        string path = Path.GetFullPath(export.Source);
        MemoryPlan memory = MemoryPlan.For(options.MemoryBytes);
        var events = new VolumeEventLog(log);
        RollbackPolicy rollback = RollbackPolicy.Of(options.AcceptRollback, !options.Forget);
        (ContainerStore opened, bool rotates) = OpenStore(path, options, EngineSettings.Store(options, memory, rollback.Directory, events), events);
        try
        {
            // What clients read from their own memory marks no access times either.
            VolumeOptions engine = EngineSettings.Volume(options, memory, opened.Header.Profile) with { AccessTimes = AccessTimePolicy.Never };
            Volume files = await Volume.OpenAsync(opened, engine, SystemClock.Instance, events);
            FsResult<InodeAttributes> root = await files.GetAttributesAsync(Caller.Engine, FsLimits.RootInode);
            if (!root.Ok)
            {
                throw new CommandException(ExitCode.Damaged, $"The root directory of {path} cannot be read.");
            }

            long rate = options.ResealRate ?? BackgroundReseal.DefaultBytesPerSecond;
            BackgroundReseal? rotating = (rotates || opened.IsRotating) && !opened.IsReadOnly && rate > 0 ? new BackgroundReseal(opened, files, path, rate, log) : null;
            return new ServedVolume(export.Name, (opened, files, rotating), root.Value, rollback.Directory is not null, log);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await (remembering?.DisposeAsync() ?? default);
        await (reseal?.DisposeAsync() ?? default);
        try
        {
            await volume.CloseAsync();
        }
        finally
        {
            await store.DisposeAsync();
        }

        log.Info("closed", ("export", Name), ("read_only_fault", store.Fault?.Message));
    }

    /// <returns>The store, and whether a rotation of its key is under way.</returns>
    private static (ContainerStore Store, bool Rotates) OpenStore(string path, MountOptions options, ContainerOptions settings, VolumeEventLog events)
    {
        var asked = new FileMediumOptions { ReadOnly = options.ReadOnly, ShowTimes = options.ShowTimes };
        bool rotates;
        UnlockedVolume unlocked;
        using (IHostMedium locked = HostMedium.Open(path, asked))
        {
            unlocked = VolumeUnlocker.Unlock(locked, path, options.Passphrase);
            try
            {
                ScatteredOptions.Require(options, unlocked.Veil is not null, isPlain: unlocked.Header.Stripes is null && locked.Parts is null);
            }
            catch
            {
                unlocked.Dispose();
                throw;
            }

            rotates = unlocked.Keys is { Header.Rotation: not KeyRotation.None };
            unlocked.Veil?.Leave(); // The opener lifts it again, by the key.
        }

        using (unlocked.Key) // The store has keys of its own, derived from it.
        {
            return (ContainerOpener.Open(new WatchedMedium(HostMedium.Open(path, asked), events.MediumStalled), unlocked.Key.Span, settings), rotates);
        }
    }
}
