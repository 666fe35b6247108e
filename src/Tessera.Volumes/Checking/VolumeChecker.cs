using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Checks a volume's logic over a store that nobody changes: names, links, the tree, orphans, extents, blocks, attributes and the
/// counts kept of them (docs/format/volume.md). Changes nothing.</summary>
/// <remarks>One pass over the keys of each tag. Memory: 72 bytes for each inode, 24 for each block (half as much again while they are gathered), about
/// 50 for each block that the largest file uses in parts, and the findings. Whether blocks that extents use are marked used in the store,
/// and blocks wholly unused are not, is the store's own check.</remarks>
public sealed class VolumeChecker
{
    /// <summary>Findings whose path is looked for: each may cost a scan of a large directory.</summary>
    private const int MaxPaths = 1000;
    private readonly IVolumeStore store;
    private readonly KeyWalk walk;
    private readonly FindingLog log;
    private readonly InodeIndex inodes = new();
    private readonly BlockUses uses = new();
    private readonly BlockPass blocks;
    private readonly VolumePass volume;
    private readonly EntryPass entries;
    private readonly ExtentPass extents;
    private readonly BlockReader? reader;

    private VolumeChecker(IVolumeStore store, VolumeCheckOptions options)
    {
        this.store = store;
        log = new FindingLog(options.MaxFindings);
        blocks = new BlockPass(inodes, uses, log);
        volume = new VolumePass(log);
        entries = new EntryPass(inodes, log);
        reader = options.ReadBlocks ? new BlockReader(store, log, options.Cancellation) : null;
        extents = new ExtentPass(inodes, uses, log) { MaxBlockLength = store.MaxBlockLength, Reader = reader };
        walk = new KeyWalk(store, options) { Figures = () => (inodes.Count, reader?.Bytes ?? 0) };
    }

    /// <summary>Checks without reading blocks.</summary>
    /// <exception cref="StoreDamageException">Keys of the store cannot be read: check the store first.</exception>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public static ValueTask<VolumeCheckReport> CheckAsync(IVolumeStore store, CancellationToken cancellation) =>
        CheckAsync(store, new VolumeCheckOptions { Cancellation = cancellation });

    /// <summary>Checks as the options say.</summary>
    /// <exception cref="StoreDamageException">Keys of the store cannot be read: check the store first.</exception>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public static async ValueTask<VolumeCheckReport> CheckAsync(IVolumeStore store, VolumeCheckOptions options)
    {
        VolumeChecker checker = new(store, options);
        await checker.RunAsync();
        return await checker.ReportAsync();
    }

    private async ValueTask RunAsync()
    {
        await WalkAsync(KeyTag.Volume, volume);
        if (!volume.IsKnownFormat)
        {
            return;
        }

        await WalkAsync(KeyTag.Inode, new InodePass(inodes, log));
        await WalkAsync(KeyTag.Orphan, new MarkPass(inodes, log));
        await WalkAsync(KeyTag.Truncation, new MarkPass(inodes, log));
        await WalkAsync(KeyTag.Unsettled, new MarkPass(inodes, log));
        await WalkAsync(KeyTag.Entry, entries);
        await WalkAsync(KeyTag.Extent, extents);
        uses.Sort();
        await WalkAsync(KeyTag.Block, blocks);
        await WalkAsync(KeyTag.Xattr, new XattrPass(inodes, log));
        await WalkAsync(KeyTag.Symlink, new TargetPass(inodes, log));
        await WalkAsync(KeyTag.AccessLog, new AccessLogPass(log));
        await WalkUnknownAsync();
        volume.Judge(inodes);
        new InodeJudge(inodes, log).JudgeAll();
        new TreeClimb(inodes, AddCircle).ClimbAll();
    }

    private void AddCircle(int oldest, int length)
    {
        ulong ino = inodes[oldest].Ino;
        log.Add(FindingKinds.DirectoryCycle, ino, $"Directory {ino} lies below itself, in a circle of {length}.");
    }

    private ValueTask WalkAsync(KeyTag tag, IKeyVisitor visitor) => walk.WalkAsync((byte)tag, (byte)tag, visitor);

    private async ValueTask WalkUnknownAsync()
    {
        UnknownPass unknown = new(log);
        foreach ((byte first, byte last) in UnknownTags.Ranges)
        {
            await walk.WalkAsync(first, last, unknown);
        }
    }

    private async ValueTask<VolumeCheckReport> ReportAsync() => new()
    {
        Findings = await FindingsAsync(),
        MoreFindings = log.More,
        Keys = walk.Keys,
        Inodes = inodes.Count,
        Entries = entries.Entries,
        Extents = extents.Extents,
        Blocks = blocks.Blocks,
        BlockBytesRead = reader?.Bytes ?? 0,
        IsDataLost = log.IsDataLost,
    };

    private async ValueTask<VolumeFinding[]> FindingsAsync()
    {
        PathResolver paths = new(store, inodes);
        List<VolumeFinding> findings = [];
        foreach (FindingLog.Found found in log.All.OrderByDescending(found => found.Kind.Severity))
        {
            string? path = findings.Count < MaxPaths ? await paths.FindAsync(found) : null;
            findings.Add(new VolumeFinding(found.Kind.Code, found.Kind.Severity, found.Ino, path, found.What, found.Kind.Meaning));
        }

        return [.. findings];
    }
}
