using Tessera.Content;
using Tessera.Core;
using Tessera.Core.Stores;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

/// <summary>What the parts of a volume share; composed in one place.</summary>
internal sealed record VolumeParts(
    ContentServices Services,
    CommitLog Commits,
    InodeTable Inodes,
    DirtyInodes Dirty,
    FileFlusher Flusher)
{
    public required DirectoryStore Directory { get; init; }

    public required VolumeOptions Options { get; init; }

    public required IClock Clock { get; init; }

    public required IVolumeEvents Events { get; init; }

    public required AccessCheck Access { get; init; }

    /// <summary>Whether every change is refused: opened so, or since a fault turned the store so. To refuse bytes only when they are stored would be too late: few
    /// programs ask close(2).</summary>
    public bool IsReadOnly => Options.ReadOnly || Services.Store.IsReadOnly;

    /// <summary>The clock's time, as records keep it.</summary>
    public long Now() => Nanoseconds.From(Clock.Now);

    public static VolumeParts Compose(IVolumeStore store, VolumeOptions options, IClock clock, IVolumeEvents events)
    {
        int writers = options.BackgroundWorkers ? Math.Min(Environment.ProcessorCount, ContentLimits.MaxWriters) : 1;
        ContentServices services = new(store, options.DirtyBytes, options.BlockCacheBytes, writers);
        CommitLog commits = new(store);
        InodeTable inodes = new(services, commits, options.CachedInodes);
        DirtyInodes dirty = new(inodes);
        return new VolumeParts(services, commits, inodes, dirty, new FileFlusher(services, commits, dirty, events))
        {
            Directory = new DirectoryStore(services, options.CachedNames),
            Options = options,
            Clock = clock,
            Events = events,
            Access = new AccessCheck(services),
        };
    }
}
