using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Files;

/// <summary>The extents of the next piece of a copy, moved to where they are laid: a page of the source's, with what is between them as holes.</summary>
/// <param name="store">The store.</param>
/// <param name="source">The file they come from.</param>
/// <param name="shift">What is added to an offset of the source.</param>
internal sealed class CopyStep(IVolumeStore store, ulong source, long shift)
{
    private readonly byte[] inline = new byte[StoreLimits.MaxValue + (16 << 10)];
    private int inlineUsed;

    /// <summary>In ascending order, without gaps.</summary>
    public List<NewExtent> Extents { get; } = [];

    /// <summary>Gathers from <paramref name="from"/> on, up to <paramref name="to"/> at most; offsets of the source.</summary>
    public async ValueTask GatherAsync(long from, long to, StoreScratch scratch)
    {
        Extents.Clear();
        inlineUsed = 0;
        int fromLength = ContentKeys.Extent(scratch.Key, source, from + 1);
        int toLength = ContentKeys.Extent(scratch.Key2, source, long.MaxValue);
        scratch.Key2[toLength] = 0;
        await store.ScanAsync(scratch.Key.AsMemory(0, fromLength), scratch.Key2.AsMemory(0, toLength + 1), scratch.Page);
        long at = from;
        bool isAll = scratch.Page.Complete;
        foreach (ScanPage.Entry entry in scratch.Page)
        {
            Extent extent = Extent.Decode(entry.Key, entry.Value);
            if (extent.Start >= to)
            {
                isAll = true;
                break;
            }

            AddHole(at, extent.Start);
            at = Math.Min(extent.End, to);
            Add(extent.Slice(Math.Max(extent.Start, from), at), entry.Value[1..], Math.Max(extent.Start, from) - extent.Start);
        }

        AddHole(at, isAll ? to : at);
    }

    private void AddHole(long start, long end)
    {
        if (start < end)
        {
            Extents.Add(NewExtent.Hole(start + shift, end + shift));
        }
    }

    /// <param name="extent">The part that is copied.</param>
    /// <param name="content">The bytes of the whole extent, if it is inline.</param>
    /// <param name="skip">Where in them the part begins.</param>
    private void Add(Extent extent, ReadOnlySpan<byte> content, long skip)
    {
        Extent moved = extent with { Start = extent.Start + shift, End = extent.End + shift };
        if (extent.Kind == ExtentKind.Block)
        {
            Extents.Add(new NewExtent(moved, default, BlockClaim.Shared));
            return;
        }

        if (extent.Kind == ExtentKind.Lost)
        {
            throw new StoreDamageException($"Bytes {extent.Start} to {extent.End - 1} of the file are lost.");
        }

        Memory<byte> copy = inline.AsMemory(inlineUsed, extent.Length);
        content.Slice((int)skip, extent.Length).CopyTo(copy.Span);
        inlineUsed += extent.Length;
        Extents.Add(NewExtent.InlineAt(moved.Start, copy));
    }
}
