using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Tests.Checking;

/// <summary>Each kind of contradiction, written straight into a closed volume's store, is found and named.</summary>
public sealed class PlantedCorruptionTests
{
    /// <summary>A number far above every inode of the sample.</summary>
    private const ulong NoSuchInode = 999_999;

    public static TheoryData<string> Codes => [.. Plants.Keys];

    private static Dictionary<string, Action<Sample>> Plants { get; } = new(StringComparer.Ordinal)
    {
        ["volume-record-missing"] = sample => sample.Delete([(byte)KeyTag.Volume]),
        ["volume-record-malformed"] = sample => sample.Put([(byte)KeyTag.Volume], [1, 2, 3]),
        ["key-unknown"] = sample => sample.Put([0x99, 1], [1]),
        ["key-malformed"] = sample => sample.Put([(byte)KeyTag.Inode, 1, 2], [1]),
        ["inode-malformed"] = sample => sample.Put(sample.InodeKey(sample.File), [0xFF]),
        ["inode-count-wrong"] = sample => sample.EditVolume(record => record with { Inodes = record.Inodes + 1 }),
        ["inode-number-unborn"] = sample => sample.EditVolume(record => record with { NextInode = sample.File }),
        ["root-missing"] = sample => sample.EditInode(FsLimits.RootInode, (ref InodeRecord record) => record.Mode = ModeBits.Regular | 0x1A4),
        ["entry-without-inode"] = sample => sample.PutEntry(sample.Directory, "ghost", NoSuchInode, ModeBits.Regular),
        ["entry-without-directory"] = sample => sample.PutEntry(NoSuchInode, "nowhere", sample.File, ModeBits.Regular),
        ["entry-type-wrong"] = sample => sample.PutEntry(sample.Directory, "file", sample.File, ModeBits.Symlink),
        ["entry-malformed"] = sample => sample.Put(sample.EntryKey(sample.Directory, "file"), [1]),
        ["entry-misplaced"] = sample => sample.Misplace(sample.Directory, "file"),
        ["entry-count-wrong"] = sample => sample.EditInode(sample.Directory, (ref InodeRecord record) => record.Length++),
        ["link-count-wrong"] = sample => sample.EditInode(sample.File, (ref InodeRecord record) => record.Links++),
        ["inode-lost"] = sample => sample.Delete(sample.EntryKey(sample.Directory, "file")),
        ["directory-linked-twice"] = sample => sample.PutEntry(FsLimits.RootInode, "again", sample.Inner, ModeBits.Directory),
        ["parent-wrong"] = sample => sample.EditInode(sample.Inner, (ref InodeRecord record) => record.Parent = FsLimits.RootInode),
        ["directory-cycle"] = sample => sample.MoveIntoItself(),
        ["orphan-without-inode"] = sample => sample.PutOrphan(NoSuchInode),
        ["orphan-named"] = sample => sample.PutOrphan(sample.File),
        ["orphan-malformed"] = sample => sample.PutOrphan(sample.File, 0x7F),
        ["truncation-wrong"] = sample => sample.Put(Sample.TruncationKey(FsLimits.RootInode), []),
        ["extent-malformed"] = sample => sample.Put(sample.ExtentKey(sample.Small, 100), [0x7F]),
        ["extents-overlap"] = sample => sample.Put(sample.ExtentKey(sample.Small, 50), [(byte)ExtentKind.Inline, .. new byte[20]]),
        ["extent-beyond-end"] = sample => sample.Put(sample.ExtentKey(sample.Small, 120), [(byte)ExtentKind.Inline, .. new byte[20]]),
        ["extent-without-file"] = sample => sample.Put(sample.ExtentKey(NoSuchInode, 20), [(byte)ExtentKind.Inline, .. new byte[20]]),
        ["byte-count-wrong"] = sample => sample.EditInode(sample.File, (ref InodeRecord record) => record.LiveBytes++),
        ["block-used-twice"] = sample => sample.ShareBlock(),
        ["block-record-unused"] = sample => sample.PutBlockRecord(address: 0x7000_0000, new BlockRecord(sample.File, 5, 10)),
        ["block-live-wrong"] = sample => sample.EditBlockRecord(record => record with { Live = record.Live - 1 }),
        ["block-record-wrong"] = sample => sample.EditBlockRecord(record => record with { Owner = sample.Small }),
        ["block-record-missing"] = sample => sample.Delete(sample.BlockRecordKey()),
        ["block-record-malformed"] = sample => sample.Put(sample.BlockRecordKey(), [1]),
        ["xattr-without-inode"] = sample => sample.Put(sample.XattrKey(NoSuchInode, "user.x"), [1, 0, 0, 0, 7]),
        ["xattr-mark-missing"] = sample => sample.Put(sample.XattrKey(sample.Small, "user.x"), [1, 0, 0, 0, 7]),
        ["xattr-incomplete"] = sample => sample.Put(sample.XattrKey(sample.File, "user.note"), [200, 0, 0, 0, 7]),
        ["capability-mark-wrong"] = sample => sample.EditInode(sample.Small, (ref InodeRecord record) => record.Marks |= InodeMarks.HasCapability),
        ["acl-mark-wrong"] = sample => sample.EditInode(sample.Directory, (ref InodeRecord record) => record.Marks |= InodeMarks.HasDefaultAcl),
        ["acl-malformed"] = sample => sample.Put(sample.XattrKey(sample.File, "system.posix_acl_access"), [4, 0, 0, 0, 2, 0, 0, 0]),
        ["target-missing"] = sample => sample.Delete(sample.TargetKey(sample.Link)),
        ["target-wrong"] = sample => sample.Put(sample.TargetKey(sample.Link), "another, longer target"u8.ToArray()),
        ["target-without-link"] = sample => sample.Put(sample.TargetKey(NoSuchInode), "x"u8.ToArray()),
        ["unsettled-wrong"] = sample => sample.Put(sample.UnsettledKey(sample.Small), []),
    };

    [Fact]
    public async Task A_volume_in_order_has_no_findings()
    {
        Sample sample = await Sample.NewAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, new VolumeCheckOptions { ReadBlocks = true });

        report.Findings.ShouldBeEmpty();
        report.Inodes.ShouldBe(7);
        report.BlockBytesRead.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task What_was_planted_is_found(string code)
    {
        Sample sample = await Sample.NewAsync();
        Plants[code](sample);
        await sample.CommitAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, CancellationToken.None);

        report.Findings.Select(finding => finding.Code).ShouldContain(code, string.Join('\n', report.Findings));
        report.Findings.ShouldAllBe(finding => finding.What.Length > 0 && finding.Meaning.Length > 0);
    }

    [Fact]
    public async Task A_finding_says_where()
    {
        Sample sample = await Sample.NewAsync();
        sample.EditInode(sample.Deep, (ref InodeRecord record) => record.Links++);
        await sample.CommitAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, CancellationToken.None);

        VolumeFinding finding = report.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Ino, finding.Path).ShouldBe(("link-count-wrong", sample.Deep, "/directory/inner/deep"));
    }

    private delegate void InodeEdit(ref InodeRecord record);

    /// <summary>A closed volume with one of everything: /directory/{file, inner/deep}, /small, /link.</summary>
    private sealed class Sample
    {
        private readonly StoreBatch batch = new();

        public MemoryVolumeStore Store { get; } = new();

        public ulong Directory { get; private set; }

        public ulong Inner { get; private set; }

        /// <summary>In blocks, one of them partly dead, with an extended attribute.</summary>
        public ulong File { get; private set; }

        /// <summary>100 bytes, inline.</summary>
        public ulong Small { get; private set; }

        public ulong Deep { get; private set; }

        public ulong Link { get; private set; }

        public static async Task<Sample> NewAsync()
        {
            var sample = new Sample();
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
}
