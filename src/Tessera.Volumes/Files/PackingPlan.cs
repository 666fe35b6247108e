using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Files;

/// <summary>One step of packing: the extents that lie badly, their bytes gathered into a buffer that becomes one block.</summary>
/// <param name="store">The store.</param>
/// <param name="ino">The file.</param>
/// <param name="buffer">Takes the bytes; as long as a block of the store may be.</param>
/// <param name="aim">Which extents it takes.</param>
internal sealed class PackingPlan(IVolumeStore store, ulong ino, Memory<byte> buffer, PackingAim aim)
{
    /// <summary>Extents of one step: their edits fit one batch.</summary>
    public const int MaxPieces = 1024;
    private readonly Dictionary<ulong, bool> wanted = [];
    private readonly byte[] key = new byte[ContentKeys.BlockLength];
    private readonly byte[] value = new byte[BlockRecord.MaxSize];

    /// <summary>Runs of the file in ascending order, each at its place in the buffer.</summary>
    public List<(long Start, long End, int Position)> Pieces { get; } = [];

    /// <summary>What becomes of the block that the pieces lie in.</summary>
    public BlockClaim Claim { get; init; } = BlockClaim.Unclaimed;

    /// <summary>Extents that are gathered at most.</summary>
    public int MostPieces { get; init; } = MaxPieces;

    /// <summary>Bytes gathered.</summary>
    public int Used { get; private set; }

    /// <summary>Gathers from the offset on; returns where the next step begins, <see cref="long.MaxValue"/> when the file is
    /// through.</summary>
    public async ValueTask<long> GatherAsync(long from, StoreScratch scratch)
    {
        int extents = 0;
        while (true)
        {
            int fromLength = ContentKeys.Extent(scratch.Key, ino, from + 1);
            int toLength = ContentKeys.Extent(scratch.Key2, ino, long.MaxValue);
            scratch.Key2[toLength] = 0;
            await store.ScanAsync(scratch.Key.AsMemory(0, fromLength), scratch.Key2.AsMemory(0, toLength + 1), scratch.Page);
            List<Extent> candidates = Take(scratch.Page, out from);
            foreach (Extent extent in candidates)
            {
                if (Used + extent.Length > buffer.Length || ++extents > MostPieces)
                {
                    return extent.Start;
                }

                if (extent.Kind == ExtentKind.Inline || await IsWantedAsync(extent))
                {
                    await AddAsync(extent, scratch);
                }
            }

            if (scratch.Page.Complete)
            {
                return long.MaxValue;
            }
        }
    }

    /// <summary>Lays the pieces, now parts of the block, over the extents they came from; false when a batch does not hold them.</summary>
    public async ValueTask<bool> EditAsync(ExtentEditor editor, BlockReference block)
    {
        foreach ((long start, long end, int position) in Pieces)
        {
            Extent moved = new() { Start = start, End = end, Kind = ExtentKind.Block, Block = block, BlockOffset = position };
            if (await editor.ReplaceAsync(new NewExtent(moved, default, Claim)) < end)
            {
                return false;
            }
        }

        return true;
    }

    private List<Extent> Take(ScanPage page, out long end)
    {
        List<Extent> candidates = [];
        end = 0;
        foreach (ScanPage.Entry entry in page)
        {
            Extent extent = Extent.Decode(entry.Key, entry.Value);
            end = extent.End;
            if (IsCandidate(extent))
            {
                candidates.Add(extent);
            }
        }

        return candidates;
    }

    private bool IsCandidate(in Extent extent) => aim switch
    {
        PackingAim.Move => extent.Kind == ExtentKind.Block,
        PackingAim.Reseal => extent.Kind == ExtentKind.Block && store.IsOutdated(extent.Block),
        _ => extent.Kind == ExtentKind.Inline || MayBeMostlyDead(extent),
    };

    private bool MayBeMostlyDead(in Extent extent) =>
        aim == PackingAim.Compact && extent.Kind == ExtentKind.Block && extent.Length < extent.Block.Length / ContentLimits.CompactBelow;

    private async ValueTask<bool> IsWantedAsync(Extent extent)
    {
        if (!wanted.TryGetValue(extent.Block.Address, out bool known))
        {
            ContentKeys.Block(key, extent.Block.Address);
            StoreEntry entry = await store.GetAsync(key, value);
            known = entry.Found ? IsWanted(BlockRecord.Decode(value.AsSpan(0, entry.Length)), extent) : aim is PackingAim.Move or PackingAim.Reseal;
            wanted.Add(extent.Block.Address, known);
        }

        return known;
    }

    private bool IsWanted(BlockRecord block, in Extent extent) =>
        aim is PackingAim.Move or PackingAim.Reseal ? !block.IsShared : block.Live < extent.Block.Length / ContentLimits.CompactBelow;

    private async ValueTask AddAsync(Extent extent, StoreScratch scratch)
    {
        Memory<byte> place = buffer.Slice(Used, extent.Length);
        if (extent.Kind == ExtentKind.Block)
        {
            await store.ReadBlockAsync(extent.Block, extent.BlockOffset, place);
        }
        else
        {
            int length = ContentKeys.Extent(scratch.Key, ino, extent.End);
            StoreEntry entry = await store.GetAsync(scratch.Key.AsMemory(0, length), scratch.Value);
            if (!entry.Found || entry.Length != 1 + extent.Length)
            {
                throw new StoreDamageException($"An inline extent of inode {ino} is gone.");
            }

            scratch.Value.AsSpan(1, extent.Length).CopyTo(place.Span);
        }

        if (Pieces.Count > 0 && Pieces[^1].End == extent.Start)
        {
            Pieces[^1] = Pieces[^1] with { End = extent.End };
        }
        else
        {
            Pieces.Add((extent.Start, extent.End, Used));
        }

        Used += extent.Length;
    }
}
