using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Extents, file by file: none overlaps another or reaches beyond the file, and the inode's counts are their sums.</summary>
internal sealed class ExtentPass(InodeIndex inodes, BlockUses uses, FindingLog log) : IKeyVisitor
{
    private readonly FileBlocks blocks = new();
    private ulong file;
    private int fileIndex = -1;
    private long end;
    private long live;
    private long inline;
    private bool isSumKnown;

    public long Extents { get; private set; }

    /// <summary>Bytes that an earlier repair has found lost: known, told then, and no contradiction.</summary>
    public long LostBytes { get; private set; }

    /// <summary>Longest block of the store, bytes.</summary>
    public required int MaxBlockLength { get; init; }

    /// <summary>Reads blocks; null when only what describes them is checked.</summary>
    public BlockReader? Reader { get; init; }

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != ContentKeys.ExtentLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"An extent's key has {key.Length} bytes.");
            return;
        }

        Extents++;
        Enter(VolumeKeys.InoOf(key));
        if (Decode(key, value) is not { } extent)
        {
            isSumKnown = false;
            return;
        }

        CheckPlace(extent);
        if (extent.Kind == ExtentKind.Lost)
        {
            LostBytes += extent.Length;
            return;
        }

        live += extent.Length;
        if (extent.Kind == ExtentKind.Inline)
        {
            inline += extent.Length + ContentLimits.InlineOverhead;
        }
        else if (fileIndex >= 0)
        {
            Use(extent);
        }
    }

    public ValueTask EndPageAsync() => Reader?.ReadAsync() ?? default;

    public void Finish() => Leave();

    private void Enter(ulong ino)
    {
        if (ino == file)
        {
            return;
        }

        Leave();
        file = ino;
        fileIndex = inodes.Find(ino);
        end = 0;
        live = 0;
        inline = 0;
        isSumKnown = true;
        bool holdsExtents = fileIndex >= 0 && (inodes[fileIndex].IsMalformed || inodes[fileIndex].IsRegular);
        if (!holdsExtents)
        {
            log.Add(FindingKinds.ExtentWithoutFile, ino, $"There are extents of inode {ino}, which is no file.");
            isSumKnown = false;
        }
    }

    private void Leave()
    {
        if (fileIndex < 0)
        {
            return;
        }

        ref InodeFacts facts = ref inodes[fileIndex];
        facts.Traits |= InodeTraits.IsCounted;
        if (isSumKnown && !facts.IsMalformed && !facts.IsDeleting)
        {
            if (facts.LiveBytes != live || facts.InlineBytes != inline)
            {
                string counts = $"{facts.LiveBytes} live bytes, {facts.InlineBytes} inline";
                log.Add(FindingKinds.ByteCountWrong, file, $"Inode {file} counts {counts} and has {live}, {inline}.");
            }

            // Which blocks are shared is known when their records are read: what then is left must be 0.
            facts.Traits |= InodeTraits.BlockBytesCounted;
            facts.BlockBytes -= blocks.Bytes;
        }

        blocks.Drain(fileIndex, uses);
    }

    private Extent? Decode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        try
        {
            Extent extent = Extent.Decode(key, value);
            if (extent.Start >= 0 && (extent.Kind != ExtentKind.Inline || extent.Length <= ContentLimits.MaxInlineExtent))
            {
                return extent;
            }
        }
        catch (StoreDamageException)
        {
            // Told below, as an extent that decodes to nonsense is.
        }

        log.Add(FindingKinds.ExtentMalformed, file, $"The extent of inode {file} that ends at {ContentKeys.EndOf(key)} is malformed.");
        return null;
    }

    private void CheckPlace(in Extent extent)
    {
        if (extent.Start < end)
        {
            log.Add(FindingKinds.ExtentsOverlap, file, $"Two extents of inode {file} hold the bytes from {extent.Start} to {end}.");
        }

        end = extent.End;
        if (fileIndex < 0)
        {
            return;
        }

        ref InodeFacts facts = ref inodes[fileIndex];
        bool mayReachBeyond = !facts.IsRegular || facts.Traits.HasFlag(InodeTraits.Truncating) || facts.IsDeleting;
        if (extent.End > facts.Length && !mayReachBeyond)
        {
            string what = $"Inode {file} has {facts.Length} bytes, and an extent from {extent.Start} to {extent.End}.";
            log.Add(FindingKinds.ExtentBeyondEnd, file, what);
        }
    }

    private void Use(in Extent extent)
    {
        BlockReference block = extent.Block;
        if (block.Length > MaxBlockLength)
        {
            isSumKnown = false;
            log.Add(FindingKinds.BlockReferenceWrong, file, $"Inode {file} refers to a block of {block.Length} bytes; none is that long.");
            return;
        }

        bool first = true;
        if (extent.Length == block.Length)
        {
            blocks.UseWhole(block);
            uses.Add(new BlockUse { Address = block.Address, Owner = fileIndex, Live = block.Length, Length = block.Length });
        }
        else
        {
            first = blocks.Use(block, extent.Length, out bool differs);
            if (differs)
            {
                log.Add(FindingKinds.BlockReferenceWrong, file, $"Inode {file} refers to the block at {block.Address:x} in two ways.");
            }
        }

        if (first)
        {
            Reader?.Queue(block, file, extent.Start);
        }
    }
}
