using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Repairing;

/// <summary>Names: an entry leads to an inode of its type, or goes; an inode without a name gets one in lost+found.</summary>
internal sealed class NameRepair(RepairState state)
{
    private const string FoundName = "lost+found";
    private readonly HashSet<byte> ordinalsAt = [];
    private ulong directory;
    private int directoryIndex = -1;
    private ulong position;

    public async ValueTask RunAsync()
    {
        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync([(byte)KeyTag.Entry]))
        {
            Visit(key, value);
        }

        ReviveFullDirectories();
        await state.Journal.CommitAsync();
        TellLostNames();
        await new CircleRepair(state).RunAsync();
        await AttachAsync();
    }

    private void Visit(byte[] key, byte[] value)
    {
        ulong parent = key.Length > VolumeKeys.EntryPrefixLength ? VolumeKeys.InoOf(key) : 0;
        if (parent != directory)
        {
            directory = parent;
            directoryIndex = state.Inodes.Find(parent);
            position = ulong.MaxValue;
        }

        EnterPosition(key);
        EntryRecord? record = Decode(value);
        int child = record is { } known ? state.Inodes.Find(known.Ino) : -1;
        if (WhyNot(key, record, child) is { } reason)
        {
            string name = key.Length > VolumeKeys.EntryPrefixLength ? ShownName.Of(VolumeKeys.NameOf(key)) : "?";
            state.Journal.Delete(key);
            state.Journal.Lose(new VolumeLoss("name-removed", parent, Path: null, $"The name '{name}' of directory {parent} is removed: {reason}."));
            return;
        }

        Keep(key, record!.Value, child);
    }

    private void EnterPosition(byte[] key)
    {
        ulong at = key.Length > VolumeKeys.EntryPrefixLength ? VolumeKeys.PositionOf(key) : ulong.MaxValue;
        if (at != position)
        {
            position = at;
            ordinalsAt.Clear();
        }
    }

    /// <summary>Why an entry cannot stay; null when it can.</summary>
    private string? WhyNot(byte[] key, EntryRecord? record, int child)
    {
        if (directoryIndex < 0 || !state.Inodes[directoryIndex].IsDirectory)
        {
            return "its directory is lost";
        }

        ReadOnlySpan<byte> name = VolumeKeys.NameOf(key);
        bool isName = name.Length <= FsLimits.MaxName && name.IndexOfAny((byte)0, (byte)'/') < 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
        return record is null ? "it makes no sense"
            : child < 0 ? "the file it named is lost"
            : !isName || VolumeKeys.PositionOf(key) != EntryName.PositionOf(name) ? "no path can lead to it"
            : ordinalsAt.Count == VolumeLimits.MaxTies ? "its position has as many names as it can have"
            : state.Inodes[child].IsDirectory && (state.Inodes[child].Names > 0 || state.Inodes[child].Ino == FsLimits.RootInode) ? "the directory has another name"
            : null;
    }

    private void Keep(byte[] key, EntryRecord record, int child)
    {
        ref InodeFacts facts = ref state.Inodes[child];
        facts.Names++;
        facts.NamedIn = facts.NamedIn == 0 ? directoryIndex + 1 : facts.NamedIn;
        state.Inodes[directoryIndex].Subdirectories += facts.IsDirectory ? 1U : 0;
        CollectionsMarshal.AsSpan(state.Sums)[directoryIndex].Entries++;
        if (facts.IsDeleting)
        {
            // A file with a name is not deleted for a mark.
            facts.Traits &= ~InodeTraits.Deleting;
            state.Journal.Delete(RepairState.Key(mark => VolumeKeys.Orphan(mark, record.Ino)));
        }

        byte ordinal = record.Ordinal;
        while (!ordinalsAt.Add(ordinal))
        {
            ordinal = (byte)((ordinal + 1) % VolumeLimits.MaxTies);
        }

        if (ordinal != record.Ordinal || record.Type != facts.Type)
        {
            Put(key, new EntryRecord(record.Ino, facts.Type, ordinal));
        }
    }

    /// <summary>A directory that was removed has no entries. One that has some is not deleted with what they name: it gets a name again.</summary>
    private void ReviveFullDirectories()
    {
        for (int index = 0; index < state.Inodes.Count; index++)
        {
            ref InodeFacts facts = ref state.Inodes[index];
            if (facts is { IsDirectory: true, IsDeleting: true } && state.Sums[index].Entries > 0)
            {
                ulong ino = facts.Ino;
                facts.Traits &= ~InodeTraits.Deleting;
                facts.Links = 2;
                state.Journal.Delete(RepairState.Key(mark => VolumeKeys.Orphan(mark, ino)));
            }
        }
    }

    /// <summary>A directory counts its names: those that are gone without a trace are told as many.</summary>
    private void TellLostNames()
    {
        for (int index = 0; index < state.Inodes.Count; index++)
        {
            InodeFacts facts = state.Inodes[index];
            long missing = facts.Length - state.Sums[index].Entries;
            bool isCountLost = state.Lost.HasInode(facts.Ino);
            if (facts.IsDirectory && (missing > 0 || isCountLost) && state.Lost.HasPrefix(RepairState.Key(key => VolumeKeys.Entries(key, facts.Ino))))
            {
                state.Journal.Lose(new VolumeLoss("names-lost", facts.Ino, Path: null, $"Directory {facts.Ino} has lost {(isCountLost ? "an unknown number" : missing)} of its names; what they named is in {FoundName} as far as it is left."));
            }
        }
    }

    private async ValueTask AttachAsync()
    {
        List<int> nameless = [];
        for (int index = 0; index < state.Inodes.Count; index++)
        {
            ref InodeFacts facts = ref state.Inodes[index];
            if (facts.Names > 0 || facts.IsDeleting || facts.Ino == FsLimits.RootInode)
            {
                continue;
            }

            if (facts.Links == 0)
            {
                // Deleted while it was open: only the mark that says so is lost.
                facts.Traits |= InodeTraits.Deleting;
                state.Journal.Put(RepairState.Key(key => VolumeKeys.Orphan(key, state.Inodes[index].Ino)), []);
                continue;
            }

            nameless.Add(index);
        }

        if (nameless.Count > 0)
        {
            int found = await FoundDirectoryAsync();
            foreach (int index in nameless)
            {
                Attach(found, index);
                await state.Journal.CommitSomeAsync();
            }
        }

        await state.Journal.CommitAsync();
    }

    private void Attach(int found, int index)
    {
        ref InodeFacts facts = ref state.Inodes[index];
        byte[] name = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"#{facts.Ino}"));
        ulong parent = state.Inodes[found].Ino;
        Put(RepairState.Key(key => VolumeKeys.Entry(key, parent, EntryName.PositionOf(name), name)), new EntryRecord(facts.Ino, facts.Type, 0));
        facts.Names++;
        facts.NamedIn = found + 1;
        state.Inodes[found].Subdirectories += facts.IsDirectory ? 1U : 0;
        CollectionsMarshal.AsSpan(state.Sums)[found].Entries++;
        state.Journal.Lose(new VolumeLoss("name-lost", facts.Ino, Path: null, $"Inode {facts.Ino} had no name any more: it is in {FoundName} as #{facts.Ino}."));
    }

    /// <summary>Index of /lost+found, made when there is none; where the name is taken by something else, the root takes its place.</summary>
    private async ValueTask<int> FoundDirectoryAsync()
    {
        byte[] name = Encoding.ASCII.GetBytes(FoundName);
        byte[] key = RepairState.Key(entry => VolumeKeys.Entry(entry, FsLimits.RootInode, EntryName.PositionOf(name), name));
        byte[] value = new byte[EntryRecord.Size];
        StoreEntry there = await state.Store.GetAsync(key, value);
        int root = state.Inodes.Find(FsLimits.RootInode);
        if (there.Found)
        {
            int index = Decode(value) is { } record ? state.Inodes.Find(record.Ino) : -1;
            return index >= 0 && state.Inodes[index].IsDirectory ? index : root;
        }

        ulong ino = state.TakeInode();
        byte type = EntryRecord.TypeOf(ModeBits.Directory);
        state.Inodes.Add(new InodeFacts { Ino = ino, Type = type, Links = 2, Parent = FsLimits.RootInode, Names = 1, NamedIn = root + 1 });
        state.Sums.Add(default);
        state.Inodes[root].Subdirectories++;
        CollectionsMarshal.AsSpan(state.Sums)[root].Entries++;
        FileFlusher.Put(state.Journal.Batch, ino, new InodeRecord
        {
            Mode = ModeBits.Directory | 0x1C0,
            Links = 2,
            Parent = FsLimits.RootInode,
            Generation = 1,
            Change = 1,
            AccessNs = state.NowNs,
            ModifyNs = state.NowNs,
            ChangeNs = state.NowNs,
            BirthNs = state.NowNs,
        });
        Put(key, new EntryRecord(ino, type, 0));
        return state.Inodes.Count - 1;
    }

    private void Put(byte[] key, EntryRecord record)
    {
        byte[] value = new byte[EntryRecord.Size];
        record.Encode(value);
        state.Journal.Put(key, value);
    }

    private static EntryRecord? Decode(byte[] value)
    {
        try
        {
            return EntryRecord.Decode(value);
        }
        catch (StoreDamageException)
        {
            return null; // Told by the caller.
        }
    }
}
