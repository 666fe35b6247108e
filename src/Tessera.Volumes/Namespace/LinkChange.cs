using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>What an operation on names does to the inode they name. Its lock is held, exclusive.</summary>
/// <param name="Links">Links more or less.</param>
/// <param name="Now">The new change time.</param>
/// <param name="NewParent">The new parent of a directory that moves.</param>
internal readonly record struct LinkChange(int Links, long Now, ulong? NewParent = null)
{
    /// <summary>Puts the record; without any links left the inode becomes an orphan.</summary>
    public void AppendTo(StoreBatch batch, Inode inode)
    {
        InodeRecord record = inode.GetRecord();
        if (record.Links == 0 && Links > 0)
        {
            OrphanMark.Delete(batch, inode.Ino);
        }

        record = Changed(record);
        record.Length = inode.StoredLength;
        FileFlusher.Put(batch, inode.Ino, record);
        if (record.Links == 0)
        {
            OrphanMark.Put(batch, inode.Ino);
        }
    }

    /// <summary>The same in memory, after the commit.</summary>
    public void ApplyTo(Inode inode, ulong sequence)
    {
        lock (inode.Sync)
        {
            inode.Record = Changed(inode.Record);
            inode.NoteCommit(sequence);
        }
    }

    private InodeRecord Changed(InodeRecord record)
    {
        record.Links += Links;
        record.ChangeNs = Now;
        record.Change++;
        record.Parent = NewParent ?? record.Parent;
        return record;
    }
}
