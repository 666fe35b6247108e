using Tessera.Content;
using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Inodes;

/// <summary>An inode in memory. It exists at most once and stays while it is pinned.</summary>
/// <remarks>
/// Two locks: <see cref="Lock"/> is held for whole operations and may be waited for; <see cref="Sync"/> guards the fields below for a few
/// instructions and is never held across I/O. Whoever changes the stored record with a put holds <see cref="Lock"/> exclusively; whoever
/// changes it with commutative adds (the parent of a created entry), or reads and writes bytes, shares it.
/// </remarks>
internal sealed class Inode
{
    public ulong Ino { get; set; }

    public AsyncReaderWriterLock Lock { get; } = new();

    public Lock Sync { get; } = new();

    /// <summary>The record is here. Set once under <see cref="Sync"/> while pinned.</summary>
    public volatile bool IsLoaded;

    /// <summary>The inode as callers see it. Guarded by <see cref="Sync"/>.</summary>
    public InodeRecord Record;

    /// <summary>The length the store's record has: behind <see cref="Record"/> while bytes are dirty. Guarded by <see cref="Lock"/> and
    /// <see cref="Sync"/>.</summary>
    public long StoredLength { get; set; }

    /// <summary>Fields of the record changed that the store does not have yet. Guarded by <see cref="Sync"/>, as all below.</summary>
    public bool AttributesDirty { get; set; }

    /// <summary>The access time changed, which nobody waits for: stored when the record is for another reason, or by the
    /// background.</summary>
    public bool AccessDirty { get; set; }

    public FileContent? Content { get; set; }

    public int OpenHandles { get; set; }

    /// <summary>A door was told of it and has not said <see cref="IFileSystem.Forget"/> since.</summary>
    public bool Told { get; set; }

    /// <summary>It has no links left and is in the orphan collector's care.</summary>
    public bool IsOrphan { get; set; }

    /// <summary>Made without a name, and link(2) may give it one.</summary>
    public bool IsLinkable { get; set; }

    public bool CollectionQueued { get; set; }

    /// <summary>A Truncation key stands for it.</summary>
    public bool IsTruncating { get; set; }

    /// <summary>It is deleted: nothing is stored of it any more.</summary>
    public bool IsGone { get; set; }

    /// <summary>Some flush left a block with little alive.</summary>
    public bool WantsCompaction { get; set; }

    /// <summary>No inline extent that waits to be packed begins before it; 0 as long as nobody has looked.</summary>
    public long InlineFrom { get; set; }

    /// <summary>A background worker writes its closed segments, or is about to.</summary>
    public bool SegmentsQueued { get; set; }

    /// <summary>A directory it was last seen in, to name it in messages; 0 when unknown.</summary>
    public ulong SeenIn { get; set; }

    /// <summary>Sequence of the last commit that changed it or its content: what fsync makes durable.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The last failed write-back, and how many there were: each open handle reports one once (errseq_t in Linux).</summary>
    public FsError WriteError { get; set; }

    public int WriteErrors { get; set; }

    /// <summary>Failures that fsync has reported.</summary>
    public int SyncedErrors { get; set; }

    /// <summary>Holders; guarded by the table, as the two links of its list of unpinned inodes.</summary>
    public int Pins { get; set; }

    public Inode? Older { get; set; }

    public Inode? Newer { get; set; }

    /// <summary>Its place among the dirty inodes; guarded by the write-back.</summary>
    public LinkedListNode<Inode>? DirtyNode { get; set; }

    /// <summary>When it became dirty, milliseconds of the process's clock; guarded by the write-back.</summary>
    public long DirtySince { get; set; }

    /// <summary>The last pass of the write-back that took it up; guarded by the write-back.</summary>
    public long WriteBackPass { get; set; }

    public InodeAttributes GetAttributes()
    {
        lock (Sync)
        {
            return Record.ToAttributes(Ino, Content?.DirtyBytes ?? 0);
        }
    }

    /// <summary>The attributes for a door, which from now on knows the inode until it says Forget.</summary>
    /// <param name="seenIn">The directory it was found in.</param>
    public InodeAttributes Tell(ulong seenIn)
    {
        lock (Sync)
        {
            Told = true;
            SeenIn = seenIn;
            return Record.ToAttributes(Ino, Content?.DirtyBytes ?? 0);
        }
    }

    /// <summary>A copy of the record.</summary>
    public InodeRecord GetRecord()
    {
        lock (Sync)
        {
            return Record;
        }
    }

    /// <summary>Its content in memory, made if need be.</summary>
    public FileContent GetContent(ContentServices services)
    {
        lock (Sync)
        {
            return Content ??= new FileContent(services, Ino, Sync);
        }
    }

    /// <summary>A changed record is stored. Under its lock, exclusive: nobody else changed it meanwhile, save for the access
    /// time.</summary>
    public void NoteChanged(in InodeRecord changed, ulong sequence)
    {
        lock (Sync)
        {
            Record = changed;
            NoteCommit(sequence);
        }
    }

    /// <summary>Raises <see cref="Sequence"/>. Under <see cref="Sync"/>.</summary>
    public void NoteCommit(ulong sequence) => Sequence = Math.Max(Sequence, sequence);
}
