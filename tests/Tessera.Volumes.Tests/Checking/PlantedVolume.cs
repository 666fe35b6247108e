using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Models;
using Tessera.Testing.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;
using Tessera.Volumes.Repairing;

namespace Tessera.Volumes.Tests.Checking;

/// <summary>A closed volume with one of everything: /directory/{file, inner/deep}, /small, /link.</summary>
internal sealed class PlantedVolume
{
    private readonly StoreBatch batch = new();

    public delegate void InodeEdit(ref InodeRecord record);

    public MemoryVolumeStore Store { get; } = new();

    public ulong Directory { get; private set; }

    public ulong Inner { get; private set; }

    /// <summary>In blocks, one of them partly dead, with an extended attribute.</summary>
    public ulong File { get; private set; }

    /// <summary>100 bytes, inline.</summary>
    public ulong Small { get; private set; }

    public ulong Deep { get; private set; }

    public ulong Link { get; private set; }

    public static async Task<PlantedVolume> NewAsync()
    {
        var sample = new PlantedVolume();
        VolumeFixture fixture = await VolumeFixture.NewAsync(memory: sample.Store);
        sample.Directory = (await fixture.MakeDirectoryAsync(FsLimits.RootInode, "directory")).Ino;
        sample.Inner = (await fixture.MakeDirectoryAsync(sample.Directory, "inner")).Ino;
        sample.File = (await fixture.MakeAsync(sample.Directory, "file")).Ino;
        sample.Small = (await fixture.MakeAsync(FsLimits.RootInode, "small")).Ino;
        sample.Deep = (await fixture.MakeAsync(sample.Inner, "deep")).Ino;
        FsResult<InodeAttributes> link = await fixture.Volume.MakeNodeAsync(
            VolumeFixture.Root, FsLimits.RootInode, VolumeFixture.Name("link"), new NewNode(ModeBits.Symlink | 0x1FF, 0, "target"u8.ToArray()));
        sample.Link = link.Value.Ino;
        await fixture.WriteAsync(sample.File, 0, VolumeFixture.Pattern(300_000, 1));
        await fixture.FlushAsync(sample.File);
        await fixture.WriteAsync(sample.File, 100_000, VolumeFixture.Pattern(50_000, 2));
        await fixture.FlushAsync(sample.File);
        await fixture.WriteAsync(sample.Small, 0, VolumeFixture.Pattern(100, 3));
        (await fixture.Volume.SetXattrAsync(VolumeFixture.Root, sample.File, VolumeFixture.Name("user.note"), new byte[] { 1, 2, 3 }, XattrFlags.None)).ShouldBe(FsError.None);
        await fixture.Volume.CloseAsync();
        return sample;
    }

    /// <summary>Repairs a volume whose store has lost nothing.</summary>
    public ValueTask<VolumeRepairReport> RepairAsync() => VolumeRepair.RunAsync(Store, [], new SteppingClock(), static () => { }, CancellationToken.None);

    public async Task CommitAsync() => (await Store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);

    public void Put(byte[] key, byte[] value) => batch.Put(key, value);

    public void Delete(byte[] key) => batch.Delete(key);

    public byte[] InodeKey(ulong ino) => Key(key => VolumeKeys.Inode(key, ino));

    public byte[] TargetKey(ulong ino) => Key(key => VolumeKeys.Symlink(key, ino));

    public byte[] UnsettledKey(ulong ino) => Key(key => VolumeKeys.Unsettled(key, ino));

    public byte[] XattrKey(ulong ino, string name) => Key(key => VolumeKeys.Xattr(key, ino, VolumeFixture.Name(name), 0));

    public byte[] ExtentKey(ulong ino, long end) => Key(key => ContentKeys.Extent(key, ino, end));

    public byte[] EntryKey(ulong parent, string name) =>
        Key(key => VolumeKeys.Entry(key, parent, EntryName.PositionOf(VolumeFixture.Name(name)), VolumeFixture.Name(name)));

    public void PutOrphan(ulong ino, params byte[] value) => Put(Key(key => VolumeKeys.Orphan(key, ino)), value);

    public static byte[] TruncationKey(ulong ino) => Key(key => VolumeKeys.Truncation(key, ino));

    public void PutEntry(ulong parent, string name, ulong ino, uint mode)
    {
        byte[] value = new byte[EntryRecord.Size];
        new EntryRecord(ino, EntryRecord.TypeOf(mode), 0).Encode(value);
        Put(EntryKey(parent, name), value);
    }

    /// <summary>The entry moves to where its name does not belong.</summary>
    public void Misplace(ulong parent, string name)
    {
        byte[] key = EntryKey(parent, name);
        byte[] value = Get(key);
        Delete(key);
        Put(Key(wrong => VolumeKeys.Entry(wrong, parent, EntryName.PositionOf(VolumeFixture.Name(name)) ^ 1, VolumeFixture.Name(name))), value);
    }

    /// <summary>The directory's only name goes from the root into its own subdirectory.</summary>
    public void MoveIntoItself()
    {
        Delete(EntryKey(FsLimits.RootInode, "directory"));
        PutEntry(Inner, "directory", Directory, ModeBits.Directory);
        EditInode(Directory, (ref InodeRecord record) => record.Parent = Inner);
    }

    /// <summary>The inner directory is removed, and what is in it is not.</summary>
    public void OrphanWithEntries()
    {
        Delete(EntryKey(Directory, "inner"));
        PutOrphan(Inner);
    }

    /// <summary>A second inode with the record of another.</summary>
    public void CopyInode(ulong ino, ulong to) => Put(InodeKey(to), Get(InodeKey(ino)));

    public void EditVolume(Func<VolumeRecord, VolumeRecord> edit)
    {
        byte[] value = Get([(byte)KeyTag.Volume]);
        edit(VolumeRecord.Decode(value)).Encode(value);
        Put([(byte)KeyTag.Volume], value);
    }

    public void EditInode(ulong ino, InodeEdit edit)
    {
        byte[] value = Get(InodeKey(ino));
        InodeRecord record = InodeRecord.Decode(value);
        edit(ref record);
        record.Encode(value);
        Put(InodeKey(ino), value);
    }

    /// <summary>The small file gets an extent in a block of the other.</summary>
    public void ShareBlock()
    {
        (byte[] key, byte[] value) = Entries().First(entry => entry.Key[0] == (byte)KeyTag.Extent && VolumeKeys.InoOf(entry.Key) == File);
        Extent extent = Extent.Decode(key, value);
        Put(ExtentKey(Small, extent.Length), value);
    }

    public byte[] BlockRecordKey() => Entries().First(entry => entry.Key[0] == (byte)KeyTag.Block).Key;

    public void EditBlockRecord(Func<BlockRecord, BlockRecord> edit)
    {
        byte[] value = Get(BlockRecordKey());
        edit(BlockRecord.Decode(value)).Encode(value);
        Put(BlockRecordKey(), value);
    }

    public void PutBlockRecord(ulong address, BlockRecord record)
    {
        byte[] value = new byte[record.Size];
        record.Encode(value);
        Put(Key(key => ContentKeys.Block(key, address)), value);
    }

    private static byte[] Key(Func<byte[], int> build)
    {
        byte[] key = new byte[StoreLimits.MaxKey];
        return key[..build(key)];
    }

    private byte[] Get(byte[] wanted) => Entries().Single(entry => entry.Key.AsSpan().SequenceEqual(wanted)).Value;

    private IEnumerable<(byte[] Key, byte[] Value)> Entries() => Store.GetEntries().Select(entry => (entry.Key, entry.Value));
}
