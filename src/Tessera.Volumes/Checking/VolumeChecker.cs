using System.Runtime.InteropServices;
using System.Text;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Checking;

/// <summary>Checks a volume's logic over a store that nobody changes: names, links, trees, orphans, extents and the counts kept of them. Changes nothing.</summary>
public sealed class VolumeChecker
{
    /// <summary>Findings kept; further ones are counted.</summary>
    public const int MaxFindings = 10_000;
    private readonly IVolumeStore store;
    private readonly CancellationToken cancellation;
    private readonly Dictionary<ulong, InodeFacts> inodes = [];
    private readonly List<VolumeFinding> findings = [];
    private long moreFindings;
    private long entries;
    private long extents;
    private ulong extentFile;
    private long extentEnd;

    private VolumeChecker(IVolumeStore store, CancellationToken cancellation)
    {
        this.store = store;
        this.cancellation = cancellation;
    }

    private delegate void EntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <exception cref="StoreDamageException">A node of the store cannot be read: check the container first.</exception>
    public static async ValueTask<VolumeCheckReport> CheckAsync(IVolumeStore store, CancellationToken cancellation = default)
    {
        var checker = new VolumeChecker(store, cancellation);
        await checker.RunAsync();
        return new VolumeCheckReport
        {
            Findings = checker.findings,
            MoreFindings = checker.moreFindings,
            Inodes = checker.inodes.Count,
            Entries = checker.entries,
            Extents = checker.extents,
        };
    }

    private async ValueTask RunAsync()
    {
        await ScanAsync(KeyTag.Inode, VisitInode);
        await ScanAsync(KeyTag.Entry, VisitEntry);
        await ScanAsync(KeyTag.Extent, VisitExtent);
        await ScanAsync(KeyTag.Xattr, VisitXattr);
        await ScanAsync(KeyTag.Symlink, VisitTarget);
        await ScanAsync(KeyTag.Orphan, VisitOrphan);
        await ScanAsync(KeyTag.Volume, VisitVolume);
        MarkReachable();
        foreach (ulong ino in inodes.Keys.Order())
        {
            Judge(ino, inodes[ino]);
        }
    }

    private async ValueTask ScanAsync(KeyTag tag, EntryVisitor visit)
    {
        var page = new ScanPage(256 * 1024);
        byte[] from = [(byte)tag];
        byte[] to = [(byte)((byte)tag + 1)];
        do
        {
            cancellation.ThrowIfCancellationRequested();
            await store.ScanAsync(from, to, page);
            foreach (ScanPage.Entry entry in page)
            {
                Visit(visit, entry);
            }

            from = [.. page.LastKey, 0];
        }
        while (!page.Complete);
    }

    private void Visit(EntryVisitor visit, ScanPage.Entry entry)
    {
        try
        {
            visit(entry.Key, entry.Value);
        }
        catch (StoreDamageException malformed)
        {
            Add("malformed-record", entry.Key.Length >= VolumeKeys.InoLength ? VolumeKeys.InoOf(entry.Key) : 0, malformed.Message);
        }
    }

    private void VisitInode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        InodeRecord record = InodeRecord.Decode(value);
        inodes[VolumeKeys.InoOf(key)] = new InodeFacts
        {
            Mode = record.Mode,
            Links = record.Links,
            Length = record.Length,
            Parent = record.Parent,
            LiveBytes = record.LiveBytes,
            InlineBytes = record.InlineBytes,
            MayHaveXattrs = record.Marks.HasFlag(InodeMarks.HasXattrs),
        };
    }

    private void VisitEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        entries++;
        ulong parent = VolumeKeys.InoOf(key);
        ReadOnlySpan<byte> name = VolumeKeys.NameOf(key);
        EntryRecord record = EntryRecord.Decode(value);
        string shown = $"'{Encoding.UTF8.GetString(name)}' in directory {parent}";
        if (name.IsEmpty || name.Length > FsLimits.MaxName || VolumeKeys.PositionOf(key) != EntryName.PositionOf(name))
        {
            Add("entry-misplaced", parent, $"The entry {shown} is not where its name belongs: it cannot be looked up.");
        }

        ref InodeFacts directory = ref CollectionsMarshal.GetValueRefOrNullRef(inodes, parent);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref directory) || !ModeBits.IsDirectory(directory.Mode))
        {
            Add("entry-without-directory", parent, $"The entry {shown} belongs to no directory.");
        }
        else
        {
            directory.Entries++;
            directory.Subdirectories += record.IsDirectory ? 1 : 0;
        }

        ref InodeFacts child = ref CollectionsMarshal.GetValueRefOrNullRef(inodes, record.Ino);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref child))
        {
            Add("entry-without-inode", record.Ino, $"The entry {shown} names inode {record.Ino}, which does not exist.");
            return;
        }

        child.SeenEntries++;
        if (EntryRecord.TypeOf(child.Mode) != record.Type)
        {
            Add("entry-type-wrong", record.Ino, $"The entry {shown} tells another file type than its inode.");
        }

        if (record.IsDirectory && child.Parent != parent)
        {
            Add("parent-wrong", record.Ino, $"Directory {record.Ino} says its parent is {child.Parent}, but it is the entry {shown}.");
        }
    }

    private void VisitExtent(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        extents++;
        ulong ino = VolumeKeys.InoOf(key);
        Extent extent = Extent.Decode(key, value);
        if (ino != extentFile)
        {
            extentFile = ino;
            extentEnd = 0;
        }

        if (extent.Start < extentEnd)
        {
            Add("extents-overlap", ino, $"Two extents hold the bytes at {extent.Start}.");
        }

        extentEnd = extent.End;
        ref InodeFacts facts = ref CollectionsMarshal.GetValueRefOrNullRef(inodes, ino);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref facts) || !ModeBits.IsRegular(facts.Mode))
        {
            Add("extent-without-file", ino, $"There is data for inode {ino}, which is no file.");
            return;
        }

        facts.SeenLive += extent.Length;
        facts.SeenInline += extent.Kind == ExtentKind.Inline ? extent.Length + ContentLimits.InlineOverhead : 0;
    }

    private void VisitXattr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ulong ino = VolumeKeys.InoOf(key);
        if (!inodes.TryGetValue(ino, out InodeFacts facts) || !facts.MayHaveXattrs)
        {
            Add("xattr-unknown", ino, $"An extended attribute belongs to inode {ino}, which knows of none.");
        }
    }

    private void VisitTarget(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ulong ino = VolumeKeys.InoOf(key);
        ref InodeFacts facts = ref CollectionsMarshal.GetValueRefOrNullRef(inodes, ino);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref facts) || !ModeBits.IsSymlink(facts.Mode) || facts.Length != value.Length)
        {
            Add("target-wrong", ino, $"A link target belongs to inode {ino}, which is no symbolic link of that length.");
            return;
        }

        facts.HasTarget = true;
    }

    private void VisitOrphan(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ref InodeFacts facts = ref CollectionsMarshal.GetValueRefOrNullRef(inodes, VolumeKeys.InoOf(key));
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref facts))
        {
            Add("orphan-unknown", VolumeKeys.InoOf(key), "An orphan's inode does not exist.");
            return;
        }

        facts.IsOrphan = true;
    }

    private void VisitVolume(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        VolumeRecord record = VolumeRecord.Decode(value);
        if (inodes.Keys.Any(ino => ino >= record.NextInode))
        {
            Add("inode-number-unborn", 0, $"An inode has a number that the volume has not given out yet ({record.NextInode} is next).");
        }

        if (record.Inodes != inodes.Count)
        {
            Add("inode-count-wrong", 0, $"The volume counts {record.Inodes} inodes and has {inodes.Count}.");
        }
    }

    /// <summary>Climbs from every directory: those that do not come to the root are cut off, or go in a circle.</summary>
    private void MarkReachable()
    {
        var path = new List<ulong>();
        foreach (ulong ino in inodes.Keys.ToArray())
        {
            path.Clear();
            ulong at = ino;
            while (at != FsLimits.RootInode && inodes.TryGetValue(at, out InodeFacts facts) && ModeBits.IsDirectory(facts.Mode) && !facts.IsReachable && !path.Contains(at))
            {
                path.Add(at);
                at = facts.Parent;
            }

            if (at == FsLimits.RootInode || (inodes.TryGetValue(at, out InodeFacts end) && end.IsReachable))
            {
                path.ForEach(one => CollectionsMarshal.GetValueRefOrNullRef(inodes, one).IsReachable = true);
            }
        }
    }

    private void Judge(ulong ino, in InodeFacts facts)
    {
        if (ModeBits.IsDirectory(facts.Mode))
        {
            JudgeDirectory(ino, facts);
            return;
        }

        if (facts.Links != facts.SeenEntries)
        {
            Add("link-count-wrong", ino, $"Inode {ino} says {facts.Links} links and has {facts.SeenEntries}.");
        }

        if (facts.SeenEntries == 0 && !facts.IsOrphan)
        {
            Add("inode-lost", ino, $"Inode {ino} ({facts.Length} bytes) has no name and is no orphan.");
        }

        if (facts.SeenLive != facts.LiveBytes || facts.SeenInline != facts.InlineBytes)
        {
            Add("byte-count-wrong", ino, $"Inode {ino} counts {facts.LiveBytes} stored bytes ({facts.InlineBytes} inline) and has {facts.SeenLive} ({facts.SeenInline} inline).");
        }

        if (ModeBits.IsSymlink(facts.Mode) && !facts.HasTarget)
        {
            Add("target-missing", ino, $"The symbolic link {ino} has no target.");
        }
    }

    private void JudgeDirectory(ulong ino, in InodeFacts facts)
    {
        bool isRoot = ino == FsLimits.RootInode;
        if (facts.SeenEntries != (isRoot || facts.IsOrphan ? 0 : 1))
        {
            Add(facts.SeenEntries == 0 ? "inode-lost" : "directory-linked-twice", ino, $"Directory {ino} has {facts.SeenEntries} names.");
        }

        if (facts.Links != (facts.IsOrphan ? 0 : 2 + facts.Subdirectories))
        {
            Add("link-count-wrong", ino, $"Directory {ino} says {facts.Links} links and has {2 + facts.Subdirectories}.");
        }

        if (facts.Length != facts.Entries)
        {
            Add("entry-count-wrong", ino, $"Directory {ino} counts {facts.Length} entries and has {facts.Entries}.");
        }

        if (!isRoot && !facts.IsReachable && !facts.IsOrphan)
        {
            Add("directory-unreachable", ino, $"Directory {ino} cannot be reached from the root.");
        }
    }

    private void Add(string code, ulong ino, string what)
    {
        if (findings.Count < MaxFindings)
        {
            findings.Add(new VolumeFinding(code, ino, what));
        }
        else
        {
            moreFindings++;
        }
    }
}
