using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>What an operation does to a directory it changes: only additions and maxima, so that any number may run at once.</summary>
/// <param name="Links">Subdirectories more or less, by their "..".</param>
/// <param name="Entries">Entries more or less.</param>
internal readonly record struct ParentChange(int Links, int Entries)
{
    public void AppendTo(StoreBatch batch, ulong directory, long now)
    {
        Span<byte> key = stackalloc byte[VolumeKeys.InoLength];
        VolumeKeys.Inode(key, directory);
        if (Links != 0)
        {
            batch.Add(key, InodeRecord.LinksOffset, Links);
        }

        if (Entries != 0)
        {
            batch.Add(key, InodeRecord.SizeOffset, Entries);
        }

        batch.Max(key, InodeRecord.ModifyOffset, now);
        batch.Max(key, InodeRecord.ChangeTimeOffset, now);
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
            directory.Record.ModifyNs = Math.Max(directory.Record.ModifyNs, now);
            directory.Record.ChangeNs = Math.Max(directory.Record.ChangeNs, now);
            directory.Record.Change++;
            directory.NoteCommit(sequence);
        }
    }
}
