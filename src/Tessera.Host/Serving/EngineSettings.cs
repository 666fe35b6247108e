using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Remembering;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>What the options of a mount, or of an export, say to the engine.</summary>
internal static class EngineSettings
{
    /// <param name="options">What was asked for.</param>
    /// <param name="memory">How much memory there is.</param>
    /// <param name="seenDirectory">Where the newest state seen is remembered; null: nowhere.</param>
    /// <param name="events">Told what happens to the store.</param>
    public static ContainerOptions Store(MountOptions options, MemoryPlan memory, string? seenDirectory, VolumeEventLog events) => new()
    {
        ReadOnly = options.ReadOnly,
        TakeOver = options.TakeOver,
        Host = HostIdentity.Current,
        NodeCacheBytes = memory.NodeCacheBytes,
        TableBytes = memory.TableBytes,
        Decoys = (int)(options.Decoys ?? (options.CoverRate is null ? ContainerOptions.DefaultDecoys : 0u)),
        CoverRate = options.CoverRate ?? 0,
        Report = events.StoreReported,
        Memory = seenDirectory is null ? null : new NoteDirectory(seenDirectory, events.NotRemembered),
        AcceptRollback = options.AcceptRollback,
        Counter = new TpmCounter(),
        CounterUse = options.CounterUse,
    };

    /// <param name="options">What was asked for.</param>
    /// <param name="memory">How much memory there is.</param>
    /// <param name="profile">The volume's.</param>
    public static VolumeOptions Volume(MountOptions options, MemoryPlan memory, ContainerProfile profile) => new()
    {
        ReshufflePercent = profile == ContainerProfile.Scattered ? (int)(options.ReshufflePercent ?? VolumeOptions.DefaultReshuffle) : 0,
        ReadOnly = options.ReadOnly,
        AccessTimes = options.ReadOnly ? AccessTimePolicy.Never : options.AccessTimes,
        DirtyBytes = memory.DirtyBytes,
        BlockCacheBytes = memory.BlockCacheBytes,
        CachedInodes = memory.CachedInodes,
        CachedNames = memory.CachedInodes,
    };
}
