using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Checking;

/// <summary>Directory entries, directory by directory: each name in its place, each naming an inode of the type it tells.</summary>
internal sealed class EntryPass(InodeIndex inodes, FindingLog log) : IKeyVisitor
{
    private ulong directory;
    private int directoryIndex = -1;
    private long inDirectory;
    private ulong position;
    private uint ordinals;

    public long Entries { get; private set; }

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length <= VolumeKeys.EntryPrefixLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"A directory entry's key has {key.Length} bytes.");
            return;
        }

        Entries++;
        Enter(VolumeKeys.InoOf(key));
        inDirectory++;
        ReadOnlySpan<byte> name = VolumeKeys.NameOf(key);
        EntryRecord record;
        try
        {
            record = EntryRecord.Decode(value);
        }
        catch (StoreDamageException)
        {
            Add(FindingKinds.EntryMalformed, directory, name, "has a malformed record");
            return;
        }

        CheckName(key, name, record);
        CheckChild(name, record);
    }

    public void Finish() => Leave();

    private void Enter(ulong parent)
    {
        if (parent == directory)
        {
            return;
        }

        Leave();
        directory = parent;
        directoryIndex = inodes.Find(parent);
        inDirectory = 0;
        ordinals = 0;
        bool holdsEntries = directoryIndex >= 0 && (inodes[directoryIndex].IsMalformed || inodes[directoryIndex].IsDirectory);
        if (!holdsEntries)
        {
            log.Add(FindingKinds.EntryWithoutDirectory, parent, $"There are entries of inode {parent}, which is no directory.");
        }
    }

    private void Leave()
    {
        if (directoryIndex < 0)
        {
            return;
        }

        ref InodeFacts facts = ref inodes[directoryIndex];
        facts.Traits |= InodeTraits.IsCounted;
        if (!facts.IsDirectory)
        {
            return;
        }

        if (facts.IsDeleting)
        {
            log.Add(FindingKinds.OrphanNotEmpty, directory, $"Directory {directory} was removed and has {inDirectory} entries.");
        }
        else if (facts.Length != inDirectory)
        {
            log.Add(FindingKinds.EntryCountWrong, directory, $"Directory {directory} counts {facts.Length} entries and has {inDirectory}.");
        }
    }

    private void CheckName(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name, in EntryRecord record)
    {
        if (name.Length > FsLimits.MaxName || name.IndexOfAny((byte)0, (byte)'/') >= 0 || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            Add(FindingKinds.EntryNameInvalid, record.Ino, name, "has a name that none can have");
            return;
        }

        ulong at = VolumeKeys.PositionOf(key);
        if (at != EntryName.PositionOf(name))
        {
            Add(FindingKinds.EntryMisplaced, record.Ino, name, "is not where its name belongs");
            return;
        }

        ordinals = at == position ? ordinals : 0;
        position = at;
        if ((ordinals & (1U << record.Ordinal)) != 0)
        {
            Add(FindingKinds.EntryOrdinalTaken, record.Ino, name, $"has ordinal {record.Ordinal}, as has another at its position");
        }

        ordinals |= 1U << record.Ordinal;
    }

    private void CheckChild(ReadOnlySpan<byte> name, in EntryRecord record)
    {
        int index = inodes.Find(record.Ino);
        if (index < 0)
        {
            Add(FindingKinds.EntryWithoutInode, record.Ino, name, $"names inode {record.Ino}, which does not exist");
            CountSubdirectory(record.IsDirectory);
            return;
        }

        ref InodeFacts child = ref inodes[index];
        child.Names++;
        if (directoryIndex >= 0 && (child.NamedIn == 0 || child.Parent == directory))
        {
            child.NamedIn = directoryIndex + 1;
        }

        if (!child.IsMalformed && child.Type != record.Type)
        {
            Add(FindingKinds.EntryTypeWrong, record.Ino, name, "tells another type than its inode");
        }

        CountSubdirectory(child.IsMalformed ? record.IsDirectory : child.IsDirectory);
    }

    private void CountSubdirectory(bool isDirectory)
    {
        if (directoryIndex >= 0 && isDirectory)
        {
            inodes[directoryIndex].Subdirectories++;
        }
    }

    private void Add(FindingKind kind, ulong ino, ReadOnlySpan<byte> name, string what)
    {
        string shown = ShownName.Of(name);
        log.Add(kind, ino, $"The entry '{shown}' of directory {directory} {what}.", new FindingLog.EntryPlace(directory, shown));
    }
}
