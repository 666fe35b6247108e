using static Tessera.Volumes.Checking.VolumeFindingSeverity;

namespace Tessera.Volumes.Checking;

/// <summary>Every kind of finding. Codes are stable: scripts rely on them.</summary>
internal static class FindingKinds
{
    public static readonly FindingKind VolumeRecordMissing = new("volume-record-missing", DataLost, "The volume cannot be opened.");
    public static readonly FindingKind VolumeRecordMalformed = new("volume-record-malformed", DataLost, "The volume cannot be opened.");
    public static readonly FindingKind FormatUnknown = new("format-unknown", Inconsistent, "This program cannot judge the volume; a newer one can.");
    public static readonly FindingKind KeyUnknown = new("key-unknown", Inconsistent, "Something wrote what this format does not have; it is never read.");
    public static readonly FindingKind KeyMalformed = new("key-malformed", Inconsistent, "The entry cannot belong to anything; it is never read.");

    public static readonly FindingKind InodeMalformed = new("inode-malformed", DataLost, "The file cannot be opened.");
    public static readonly FindingKind InodeNumberUnborn =
        new("inode-number-unborn", Inconsistent, "A new file may get the number and take this one's place.");

    public static readonly FindingKind InodeNumberReserved =
        new("inode-number-reserved", Inconsistent, "The number belongs to the volume; the file may get in its way.");

    public static readonly FindingKind InodeCountWrong = new("inode-count-wrong", Repairable, "df -i tells a wrong number; no file is affected.");
    public static readonly FindingKind RootMissing = new("root-missing", DataLost, "Nothing can be reached by a path.");

    public static readonly FindingKind EntryMalformed = new("entry-malformed", DataLost, "The name leads nowhere, and its directory cannot be listed.");
    public static readonly FindingKind EntryMisplaced = new("entry-misplaced", DataLost, "The name is listed and cannot be opened.");
    public static readonly FindingKind EntryNameInvalid = new("entry-name-invalid", DataLost, "No path can contain the name: it cannot be opened.");
    public static readonly FindingKind EntryWithoutDirectory =
        new("entry-without-directory", DataLost, "The name is in no directory: the file cannot be reached by it.");

    public static readonly FindingKind EntryWithoutInode = new("entry-without-inode", DataLost, "The file is gone; its name cannot be removed.");
    public static readonly FindingKind EntryTypeWrong =
        new("entry-type-wrong", Inconsistent, "The file is whole; removing or renaming it may be refused.");

    public static readonly FindingKind EntryOrdinalTaken =
        new("entry-ordinal-taken", Inconsistent, "A listing in pieces may leave one of the names out; both can be opened.");

    public static readonly FindingKind EntryCountWrong =
        new("entry-count-wrong", Repairable, "The directory's size is told wrongly; no file is affected.");

    public static readonly FindingKind LinkCountWrong =
        new("link-count-wrong", Inconsistent, "The file may be deleted while it has names, or never.");

    public static readonly FindingKind InodeLost = new("inode-lost", DataLost, "The file, or the whole tree below it, has no name and cannot be reached.");
    public static readonly FindingKind DirectoryLinkedTwice =
        new("directory-linked-twice", Inconsistent, "The directory is in two places; removing one of them harms the other.");

    public static readonly FindingKind DirectoryCycle =
        new("directory-cycle", DataLost, "The directory lies below itself; neither it nor what is in it can be reached.");

    public static readonly FindingKind ParentWrong = new("parent-wrong", Inconsistent, "'..' leads elsewhere; files are whole.");

    public static readonly FindingKind OrphanMalformed =
        new("orphan-malformed", Inconsistent, "What is to be done with the inode is not known.");

    public static readonly FindingKind OrphanWithoutInode = new("orphan-without-inode", Repairable, "A leftover; no file is affected.");
    public static readonly FindingKind OrphanNamed =
        new("orphan-named", Inconsistent, "The file has a name and is marked for deletion: the next mount may delete it. Copy it first.");

    public static readonly FindingKind OrphanNotEmpty =
        new("orphan-not-empty", DataLost, "A removed directory still has entries: they cannot be reached.");

    public static readonly FindingKind TruncationWrong = new("truncation-wrong", Inconsistent, "Nothing can be cut short here; the next mount may be refused.");

    public static readonly FindingKind ExtentMalformed = new("extent-malformed", DataLost, "That part of the file cannot be read.");
    public static readonly FindingKind ExtentsOverlap =
        new("extents-overlap", DataLost, "Two records claim the same bytes of the file; which are the right ones is not known.");

    public static readonly FindingKind ExtentBeyondEnd =
        new("extent-beyond-end", Inconsistent, "Bytes behind the file's end may come back when it grows.");

    public static readonly FindingKind ExtentWithoutFile = new("extent-without-file", Repairable, "Bytes of a file that is gone take up space.");
    public static readonly FindingKind ByteCountWrong =
        new("byte-count-wrong", Repairable, "Used space is told wrongly, and clearing up may come too early or late; the file is whole.");

    public static readonly FindingKind BlockReferenceWrong = new("block-reference-wrong", DataLost, "That part of the file cannot be read.");
    public static readonly FindingKind BlockUnreadable = new("block-unreadable", DataLost, "That part of the file cannot be read: reads fail with EIO.");
    public static readonly FindingKind BlockUsedTwice =
        new("block-used-twice", Inconsistent, "When one of the files is changed or deleted, the other loses its bytes.");

    public static readonly FindingKind BlockRecordMalformed =
        new("block-record-malformed", Inconsistent, "Changing the file may be refused; its bytes are whole.");

    public static readonly FindingKind BlockRecordMissing =
        new("block-record-missing", Inconsistent, "The block's dead part is not known: it is never given back.");

    public static readonly FindingKind BlockRecordUnused = new("block-record-unused", Repairable, "A block that no file uses takes up space.");
    public static readonly FindingKind BlockRecordWrong =
        new("block-record-wrong", Inconsistent, "Changing the file may be refused; its bytes are whole.");

    public static readonly FindingKind BlockLiveWrong =
        new("block-live-wrong", Inconsistent, "The block may be given back while bytes of it are in use, or never.");

    public static readonly FindingKind XattrWithoutInode = new("xattr-without-inode", Repairable, "An attribute of a file that is gone takes up space.");
    public static readonly FindingKind XattrMarkMissing =
        new("xattr-mark-missing", Inconsistent, "The attribute is not seen, and stays behind when the file is deleted.");

    public static readonly FindingKind XattrIncomplete = new("xattr-incomplete", DataLost, "The attribute cannot be read.");
    public static readonly FindingKind CapabilityMarkWrong =
        new("capability-mark-wrong", Inconsistent, "A write may leave the file's capabilities in place, or look for some in vain.");

    public static readonly FindingKind AclMalformed =
        new("acl-malformed", Inconsistent, "Others than owner and root are refused, or nothing can be made in the directory. Set the list anew.");

    public static readonly FindingKind AclMarkWrong =
        new("acl-mark-wrong", Inconsistent, "An access control list is not heeded, or is looked for in vain. Set it anew.");

    public static readonly FindingKind TargetWithoutLink = new("target-without-link", Repairable, "The target of a link that is gone takes up space.");
    public static readonly FindingKind TargetWrong = new("target-wrong", Inconsistent, "The symbolic link may lead elsewhere than it did.");
    public static readonly FindingKind TargetMissing = new("target-missing", DataLost, "Where the symbolic link leads is lost.");
    public static readonly FindingKind AccessLogBroken =
        new("access-log-broken", Inconsistent, "Records of what was done were changed or removed; no file is affected. 'tessera audit' shows what is left of them.");

    public static readonly FindingKind UnsettledWrong =
        new("unsettled-wrong", Repairable, "The file's small pieces are packed too late or in vain; it is whole.");
}
