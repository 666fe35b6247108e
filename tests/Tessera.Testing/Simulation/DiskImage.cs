namespace Tessera.Testing.Simulation;

/// <summary>The bytes of a disk: sparse, and cheap to copy because copies share the pages that neither has written since.</summary>
/// <remarks>
/// <para>A page nobody has written reads as zeros or as noise, chosen per page by the seed: code that counts on either is found out.</para>
/// <para>Not thread-safe, except that a frozen image may be read and cloned by many threads.</para>
/// </remarks>
public sealed class DiskImage
{
    public const int PageBytes = 4096;
    private const int LeafPages = 64;
    private const long LeafBytes = (long)LeafPages * PageBytes;

    private readonly ulong seed;
    private Leaf?[] leaves;
    private object owner = new();

    public DiskImage(long length, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.seed = seed;
        Length = length;
        leaves = new Leaf?[LeavesFor(length)];
    }

    private DiskImage(DiskImage source)
    {
        seed = source.seed;
        Length = source.Length;
        leaves = (Leaf?[])source.leaves.Clone();
    }

    /// <summary>Length, bytes.</summary>
    public long Length { get; private set; }

    public bool IsFrozen { get; private set; }

    /// <summary>An independent copy; costs one reference per 256 KiB.</summary>
    public DiskImage Clone()
    {
        if (!IsFrozen)
        {
            // Every leaf is shared from here on: a new owner makes both sides copy before they write.
            owner = new object();
        }

        return new DiskImage(this);
    }

    /// <summary>Makes the image unchangeable, so that threads may clone it at the same time.</summary>
    public DiskImage Freeze()
    {
        IsFrozen = true;
        return this;
    }

    public void Read(long offset, Span<byte> buffer)
    {
        ThrowIfOutside(offset, buffer.Length);
        while (buffer.Length > 0)
        {
            (long page, int start, int count) = Split(offset, buffer.Length);
            ReadPage(page, start, buffer[..count]);
            buffer = buffer[count..];
            offset += count;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        ThrowIfOutside(offset, data.Length);
        while (data.Length > 0)
        {
            (long page, int start, int count) = Split(offset, data.Length);
            data[..count].CopyTo(WritablePage(page, keepOld: count < PageBytes).AsSpan(start));
            data = data[count..];
            offset += count;
        }
    }

    public void FlipBit(long offset, int bit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bit, 7);
        ThrowIfOutside(offset, 1);
        WritablePage(offset / PageBytes, keepOld: true)[offset % PageBytes] ^= (byte)(1 << bit);
    }

    /// <summary>Cuts the disk short or makes it longer; what comes back after a cut is arbitrary again.</summary>
    public void SetLength(long length)
    {
        ThrowIfFrozen();
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        for (long page = (length + PageBytes - 1) / PageBytes; page * PageBytes < Length; page++)
        {
            Forget(page);
        }

        Array.Resize(ref leaves, LeavesFor(length));
        Length = length;
    }

    /// <summary>The page's bytes are arbitrary from now on.</summary>
    internal void Forget(long page)
    {
        ThrowIfFrozen();
        if (leaves[page / LeafPages] is not null)
        {
            OwnedLeaf(page).Pages[page % LeafPages] = null;
        }
    }

    private static int LeavesFor(long length) => checked((int)((length + LeafBytes - 1) / LeafBytes));

    private static (long Page, int Start, int Count) Split(long offset, int length)
    {
        int start = (int)(offset % PageBytes);
        return (offset / PageBytes, start, Math.Min(length, PageBytes - start));
    }

    private void ReadPage(long page, int start, Span<byte> buffer)
    {
        if (leaves[page / LeafPages]?.Pages[page % LeafPages] is { } bytes)
        {
            bytes.AsSpan(start, buffer.Length).CopyTo(buffer);
            return;
        }

        Span<byte> unwritten = stackalloc byte[PageBytes];
        FillUnwritten(page, unwritten);
        unwritten.Slice(start, buffer.Length).CopyTo(buffer);
    }

    private void FillUnwritten(long page, Span<byte> bytes)
    {
        ulong hash = SeededHash.Of(seed, page);
        if (SeededHash.Coin(hash))
        {
            SeededHash.Fill(hash, bytes);
        }
        else
        {
            bytes.Clear();
        }
    }

    private byte[] WritablePage(long page, bool keepOld)
    {
        ThrowIfFrozen();
        Leaf leaf = OwnedLeaf(page);
        int slot = (int)(page % LeafPages);
        byte[]? old = leaf.Pages[slot];
        if (old is not null && leaf.Owns(slot))
        {
            return old;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(PageBytes);
        if (keepOld)
        {
            ReadPage(page, 0, bytes);
        }

        leaf.Put(slot, bytes);
        return bytes;
    }

    private Leaf OwnedLeaf(long page)
    {
        ref Leaf? leaf = ref leaves[page / LeafPages];
        if (leaf is null)
        {
            leaf = new Leaf(owner, new byte[]?[LeafPages]);
        }
        else if (leaf.Owner != owner)
        {
            leaf = new Leaf(owner, (byte[]?[])leaf.Pages.Clone());
        }

        return leaf;
    }

    private void ThrowIfFrozen()
    {
        if (IsFrozen)
        {
            throw new InvalidOperationException("This image is frozen: clone it and change the clone.");
        }
    }

    private void ThrowIfOutside(long offset, int count)
    {
        if (offset < 0 || offset > Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{count} bytes there are outside of an image of {Length} bytes.");
        }
    }

    /// <summary>Pages side by side; <paramref name="owner"/> may change the leaf itself, and those pages that it has put there.</summary>
    private sealed class Leaf(object owner, byte[]?[] pages)
    {
        private ulong owned;

        public object Owner => owner;

        public byte[]?[] Pages => pages;

        public bool Owns(int slot) => (owned & (1UL << slot)) != 0;

        public void Put(int slot, byte[] bytes)
        {
            pages[slot] = bytes;
            owned |= 1UL << slot;
        }
    }
}
