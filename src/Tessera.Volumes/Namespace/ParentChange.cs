using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>What an operation does to a directory it changes: only additions and maxima, so that any number may run at once. A time that somebody set
/// to the future is the exception: it becomes the present.</summary>
/// <param name="Links">Subdirectories more or less, by their "..".</param>
/// <param name="Entries">Entries more or less.</param>
internal readonly record struct ParentChange(int Links, int Entries)
{
    /// <summary>Further ahead than two clocks read one after the other can be: nanoseconds. Somebody set it, or the machine's clock was set back.</summary>
    private const long FutureNs = 1_000_000_000;

    public void AppendTo(StoreBatch batch, Inode directory, long now)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Inode(key, directory.Ino);
        InodeRecord record = directory.GetRecord();
        if (Links != 0)
        {
            batch.Add(key, InodeRecord.LinksOffset, Links);
        }

        if (Entries != 0)
        {
            batch.Add(key, InodeRecord.SizeOffset, Entries);
        }

        AppendTime(batch, key, InodeRecord.ModifyOffset, (record.ModifyNs, now));
        AppendTime(batch, key, InodeRecord.ChangeTimeOffset, (record.ChangeNs, now));
        batch.Add(key, InodeRecord.ChangeOffset, 1);
    }

    /// <summary>The same in memory, after the commit and before the directory's lock is left.</summary>
    public void ApplyTo(Inode directory, long now, ulong sequence)
    {
        lock (directory.Sync)
        {
            directory.Record.Links += Links;
            directory.Record.Length += Entries;
            directory.StoredLength += Entries;
            directory.Record.ModifyNs = Later(directory.Record.ModifyNs, now);
            directory.Record.ChangeNs = Later(directory.Record.ChangeNs, now);
            directory.Record.Change++;
            directory.NoteCommit(sequence);
        }
    }

    private static void AppendTime(StoreBatch batch, ReadOnlySpan<byte> key, int offset, (long Marked, long Now) time)
    {
        if (IsFuture(time.Marked, time.Now))
        {
            batch.Set(key, offset, time.Now);
        }
        else
        {
            batch.Max(key, offset, time.Now);
        }
    }

    private static long Later(long marked, long now) => IsFuture(marked, now) ? now : Math.Max(marked, now);

    private static bool IsFuture(long marked, long now) => marked > now && marked - now > FutureNs;
}
