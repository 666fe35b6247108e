using System.Runtime.InteropServices;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;

namespace Tessera.Volumes.Repairing;

/// <summary>Extents, file by file: what belongs to no file goes, what makes no sense becomes a lost range, and where extents are missing the gap is noted. What
/// is left is summed up.</summary>
internal sealed class ExtentRepair(RepairState state)
{
    private readonly FileBlocks blocks = new();
    private readonly List<(long Start, long End)> gaps = [];
    private ulong file;
    private int index = -1;
    private long end;
    private InodeSums sums;

    public async ValueTask RunAsync()
    {
        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync([(byte)KeyTag.Extent]))
        {
            Visit(key, value);
        }

        Leave();
        NoteFilesWithoutExtents();
        await state.Journal.CommitAsync();
    }

    private void Visit(byte[] key, byte[] value)
    {
        if (key.Length != ContentKeys.ExtentLength)
        {
            state.Journal.Delete(key);
            return;
        }

        Enter(VolumeKeys.InoOf(key));
        if (index < 0 || !state.Inodes[index].IsRegular)
        {
            state.Drop(key, value);
            return;
        }

        InodeFacts facts = state.Inodes[index];
        if (facts.IsDeleting || facts.Traits.HasFlag(InodeTraits.Truncating))
        {
            NoteGap(facts, Decode(key, value)?.Start ?? end);
            Take(Decode(key, value));
            return;
        }

        if (ContentKeys.EndOf(key) > facts.Length || Decode(key, value) is not { } extent || extent.Start < end)
        {
            Replace(key, value, Math.Min(facts.Length, ContentKeys.EndOf(key)));
            return;
        }

        NoteGap(facts, extent.Start);
        Take(extent);
    }

    private void Enter(ulong ino)
    {
        if (ino == file)
        {
            return;
        }

        Leave();
        file = ino;
        index = state.Inodes.Find(ino);
        end = 0;
        sums = default;
        gaps.Clear();
    }

    private void Leave()
    {
        if (index < 0 || !state.Inodes[index].IsRegular)
        {
            return;
        }

        ref InodeFacts facts = ref state.Inodes[index];
        facts.Traits |= InodeTraits.IsCounted;
        NoteGap(facts, facts.Length);
        blocks.Drain(index, state.Uses);
        CollectionsMarshal.AsSpan(state.Sums)[index] = sums;
        if (IsContentMissing(facts))
        {
            ulong ino = facts.Ino;
            gaps.ForEach(gap => state.Gaps.Add((ino, gap.Start, gap.End)));
        }

        index = -1;
    }

    /// <summary>The record counts the bytes of all extents. One that was made anew knows of none: then whatever may be missing is.</summary>
    private bool IsContentMissing(in InodeFacts facts) =>
        !facts.IsDeleting && (facts.LiveBytes != sums.Live || (facts.LiveBytes == 0 && state.Lost.HasInode(facts.Ino)));

    private void NoteGap(in InodeFacts facts, long until)
    {
        if (until > end && state.Lost.HasExtents(facts.Ino, end, until))
        {
            gaps.Add((end, until));
        }
    }

    /// <summary>What lies beyond the file's end, or over another extent, or makes no sense: in the file it is lost, behind it is nothing.</summary>
    private void Replace(byte[] key, byte[] value, long until)
    {
        if (Decode(key, value) is { Kind: ExtentKind.Block } extent && extent.Start >= end && extent.Start < until)
        {
            // Only its end is too far: the rest is whole.
            Extent kept = extent.Slice(extent.Start, until);
            byte[] encoded = new byte[Extent.BlockValueLength];
            kept.EncodeBlock(encoded);
            state.Drop(key, value);
            state.Journal.Put(RepairState.Key(cut => ContentKeys.Extent(cut, file, until)), encoded);
            Take(kept);
            return;
        }

        state.Drop(key, value);
        if (until > end)
        {
            state.PutLost(file, end, until);
            end = until;
        }
    }

    private void Take(Extent? taken)
    {
        if (taken is not { } extent)
        {
            return;
        }

        end = extent.End;
        if (extent.Kind == ExtentKind.Lost)
        {
            return;
        }

        sums.Live += extent.Length;
        if (extent.Kind == ExtentKind.Inline)
        {
            sums.Inline += extent.Length + ContentLimits.InlineOverhead;
        }
        else if (extent.Length == extent.Block.Length)
        {
            blocks.UseWhole(extent.Block);
            state.Uses.Add(new BlockUse { Address = extent.Block.Address, Owner = index, Live = extent.Block.Length, Length = extent.Block.Length });
        }
        else
        {
            blocks.Use(extent.Block, extent.Length, out _);
        }
    }

    private Extent? Decode(byte[] key, byte[] value)
    {
        try
        {
            Extent extent = Extent.Decode(key, value);
            bool isSane = extent.Start >= 0 && (extent.Kind != ExtentKind.Inline || extent.Length <= ContentLimits.MaxInlineExtent)
                && (extent.Kind != ExtentKind.Block || extent.Block.Length <= state.Store.MaxBlockLength);
            return isSane ? extent : null;
        }
        catch (StoreDamageException)
        {
            return null; // Replaced by the caller.
        }
    }

    /// <summary>A file that counts bytes and has no extent left has lost them all, unless nothing of its extents can be lost.</summary>
    private void NoteFilesWithoutExtents()
    {
        for (int at = 0; at < state.Inodes.Count; at++)
        {
            ref InodeFacts facts = ref state.Inodes[at];
            bool isCounted = facts.Traits.HasFlag(InodeTraits.IsCounted);
            if (!isCounted && facts is { IsRegular: true, IsDeleting: false, LiveBytes: > 0, Length: > 0 } && state.Lost.HasExtents(facts.Ino, 0, facts.Length))
            {
                state.Gaps.Add((facts.Ino, 0, facts.Length));
            }
        }
    }
}
