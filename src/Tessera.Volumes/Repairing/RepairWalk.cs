using Tessera.Core.Stores;

namespace Tessera.Volumes.Repairing;

/// <summary>Walks ranges of keys by pages while what was walked is being changed behind it.</summary>
internal sealed class RepairWalk(IVolumeStore store, RepairJournal journal, CancellationToken cancellation)
{
    private const int PageBytes = 256 << 10;

    /// <summary>Entries whose key begins with the prefix, copied out, in order.</summary>
    public IAsyncEnumerable<(byte[] Key, byte[] Value)> OfAsync(byte[] prefix)
    {
        byte[] to = new byte[prefix.Length];
        return BetweenAsync(prefix, to[..VolumeKeys.After(to, prefix)]);
    }

    /// <summary>Entries of [<paramref name="from"/>, <paramref name="to"/>), copied out, in order.</summary>
    public async IAsyncEnumerable<(byte[] Key, byte[] Value)> BetweenAsync(byte[] from, byte[] to)
    {
        var page = new ScanPage(PageBytes);
        do
        {
            cancellation.ThrowIfCancellationRequested();
            await store.ScanAsync(from, to, page);
            List<(byte[], byte[])> entries = [];
            foreach (ScanPage.Entry entry in page)
            {
                entries.Add((entry.Key.ToArray(), entry.Value.ToArray()));
            }

            from = [.. page.LastKey, 0];
            foreach ((byte[], byte[]) entry in entries)
            {
                yield return entry;
            }

            await journal.CommitSomeAsync();
        }
        while (!page.Complete);
    }
}
