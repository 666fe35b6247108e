using Tessera.Core.Stores;

namespace Tessera.Volumes.Namespace;

/// <summary>A page of directory entries in the order of their cookies, copied out of a scan. Reusable.</summary>
internal sealed class ListingPage
{
    private Line[] lines = new Line[64];
    private byte[] names = new byte[4096];
    private int namesUsed;

    public int Count { get; private set; }

    public ref readonly Line this[int index] => ref lines[index];

    public ReadOnlySpan<byte> NameAt(int index) => names.AsSpan(lines[index].NameStart, lines[index].NameLength);

    /// <summary>Takes the entries after <paramref name="cookie"/>; names at one position in the order of their ordinals.</summary>
    /// <returns>The position to scan from next: names at the page's last position may go on beyond it, so they are left for then.</returns>
    /// <exception cref="StoreDamageException">There are more names at one position than can be told apart. Without a bound a page of them would be scanned again
    /// and again.</exception>
    public ulong Fill(ScanPage page, ulong cookie)
    {
        Count = 0;
        namesUsed = 0;
        ulong last = page.Count == 0 ? 0 : VolumeKeys.PositionOf(page.LastKey);
        ulong tied = ulong.MaxValue;
        int ties = 0;
        foreach (ScanPage.Entry entry in page)
        {
            ulong position = VolumeKeys.PositionOf(entry.Key);
            ties = position == tied ? ties + 1 : 1;
            tied = position;
            if (ties > VolumeLimits.MaxTies)
            {
                throw new StoreDamageException($"A directory has more than {VolumeLimits.MaxTies} names at one position.");
            }

            EntryRecord record = EntryRecord.Decode(entry.Value);
            ulong own = DirectoryCookie.After(position, record.Ordinal);
            if (own > cookie && (page.Complete || position < last))
            {
                Add(VolumeKeys.NameOf(entry.Key), record, own);
            }
        }

        return last;
    }

    private void Add(ReadOnlySpan<byte> name, in EntryRecord record, ulong cookie)
    {
        if (Count == lines.Length)
        {
            Array.Resize(ref lines, Count * 2);
        }

        if (namesUsed + name.Length > names.Length)
        {
            Array.Resize(ref names, names.Length * 2);
        }

        name.CopyTo(names.AsSpan(namesUsed));
        int at = Count++;
        Line added = new(record, cookie, namesUsed, name.Length);
        namesUsed += name.Length;

        // Already in order, but for names at one position.
        while (at > 0 && lines[at - 1].Cookie > cookie)
        {
            lines[at] = lines[at - 1];
            at--;
        }

        lines[at] = added;
    }

    public readonly record struct Line(EntryRecord Record, ulong Cookie, int NameStart, int NameLength);
}
