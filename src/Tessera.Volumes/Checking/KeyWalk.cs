using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Walks ranges of keys by pages, telling progress and heeding cancellation between them.</summary>
internal sealed class KeyWalk(IVolumeStore store, VolumeCheckOptions options)
{
    private const int PageBytes = 256 << 10;
    private readonly ScanPage page = new(PageBytes);
    private readonly byte[] from = new byte[StoreLimits.MaxKey + 1];

    public long Keys { get; private set; }

    /// <summary>What the inodes and blocks add to the progress told.</summary>
    public Func<(long Inodes, long BlockBytes)>? Figures { get; set; }

    /// <summary>Visits the keys whose first byte is from <paramref name="first"/> to <paramref name="last"/>.</summary>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public async ValueTask WalkAsync(byte first, byte last, IKeyVisitor visitor)
    {
        from[0] = first;
        int length = 1;
        byte[] to = VolumeKeys.AfterTag(last);
        do
        {
            options.Cancellation.ThrowIfCancellationRequested();
            await store.ScanAsync(from.AsMemory(0, length), to, page);
            foreach (ScanPage.Entry entry in page)
            {
                visitor.Visit(entry.Key, entry.Value);
            }

            Keys += page.Count;
            await visitor.EndPageAsync();
            if (page.Count > 0)
            {
                Tell();
            }

            page.LastKey.CopyTo(from);
            length = page.LastKey.Length;
            from[length++] = 0;
        }
        while (!page.Complete);
        visitor.Finish();
    }

    private void Tell()
    {
        if (options.Progress is { } progress)
        {
            (long inodes, long blockBytes) = Figures?.Invoke() ?? default;
            progress(new VolumeCheckProgress(Keys, inodes, blockBytes));
        }
    }
}
