using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;
using Tessera.Volumes.Repairing;

namespace Tessera.Volumes.Tests.Checking;

/// <summary>Each kind of contradiction, written straight into a closed volume's store, is found and named.</summary>
public sealed class PlantedCorruptionTests
{
    /// <summary>A number far above every inode of the sample.</summary>
    private const ulong NoSuchInode = 999_999;

    public static TheoryData<string> Codes => [.. Plants.Keys];

    private static Dictionary<string, Action<PlantedVolume>> Plants { get; } = new(StringComparer.Ordinal)
    {
        ["volume-record-missing"] = sample => sample.Delete([(byte)KeyTag.Volume]),
        ["volume-record-malformed"] = sample => sample.Put([(byte)KeyTag.Volume], [1, 2, 3]),
        ["key-unknown"] = sample => sample.Put([0x99, 1], [1]),
        ["key-malformed"] = sample => sample.Put([(byte)KeyTag.Inode, 1, 2], [1]),
        ["inode-malformed"] = sample => sample.Put(sample.InodeKey(sample.File), [0xFF]),
        ["inode-count-wrong"] = sample => sample.EditVolume(record => record with { Inodes = record.Inodes + 1 }),
        ["inode-number-reserved"] = sample => sample.CopyInode(sample.Small, 5),
        ["inode-number-unborn"] = sample => sample.EditVolume(record => record with { NextInode = sample.File }),
        ["root-missing"] = sample => sample.EditInode(FsLimits.RootInode, (ref InodeRecord record) => record.Mode = ModeBits.Regular | 0x1A4),
        ["entry-without-inode"] = sample => sample.PutEntry(sample.Directory, "ghost", NoSuchInode, ModeBits.Regular),
        ["entry-without-directory"] = sample => sample.PutEntry(NoSuchInode, "nowhere", sample.File, ModeBits.Regular),
        ["entry-type-wrong"] = sample => sample.PutEntry(sample.Directory, "file", sample.File, ModeBits.Symlink),
        ["entry-malformed"] = sample => sample.Put(sample.EntryKey(sample.Directory, "file"), [1]),
        ["entry-misplaced"] = sample => sample.Misplace(sample.Directory, "file"),
        ["entry-name-invalid"] = sample => sample.PutEntry(sample.Directory, "no/name", sample.File, ModeBits.Regular),
        ["entry-count-wrong"] = sample => sample.EditInode(sample.Directory, (ref InodeRecord record) => record.Length++),
        ["link-count-wrong"] = sample => sample.EditInode(sample.File, (ref InodeRecord record) => record.Links++),
        ["inode-lost"] = sample => sample.Delete(sample.EntryKey(sample.Directory, "file")),
        ["directory-linked-twice"] = sample => sample.PutEntry(FsLimits.RootInode, "again", sample.Inner, ModeBits.Directory),
        ["parent-wrong"] = sample => sample.EditInode(sample.Inner, (ref InodeRecord record) => record.Parent = FsLimits.RootInode),
        ["directory-cycle"] = sample => sample.MoveIntoItself(),
        ["orphan-without-inode"] = sample => sample.PutOrphan(NoSuchInode),
        ["orphan-named"] = sample => sample.PutOrphan(sample.File),
        ["orphan-not-empty"] = sample => sample.OrphanWithEntries(),
        ["orphan-malformed"] = sample => sample.PutOrphan(sample.File, 0x7F),
        ["truncation-wrong"] = sample => sample.Put(PlantedVolume.TruncationKey(FsLimits.RootInode), []),
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
        ["access-log-broken"] = sample => sample.Put([(byte)KeyTag.AccessLog], [1]),
        ["unsettled-wrong"] = sample => sample.Put(sample.UnsettledKey(sample.Small), []),
    };

    [Fact]
    public async Task A_volume_in_order_has_no_findings()
    {
        PlantedVolume sample = await PlantedVolume.NewAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, new VolumeCheckOptions { ReadBlocks = true });

        report.Findings.ShouldBeEmpty();
        report.Inodes.ShouldBe(7);
        report.BlockBytesRead.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task What_was_planted_is_found(string code)
    {
        PlantedVolume sample = await PlantedVolume.NewAsync();
        Plants[code](sample);
        await sample.CommitAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, CancellationToken.None);

        report.Findings.Select(finding => finding.Code).ShouldContain(code, string.Join('\n', report.Findings));
        report.Findings.ShouldAllBe(finding => finding.What.Length > 0 && finding.Meaning.Length > 0);
    }

    /// <summary>What the check finds, the repair brings in order, and says what is lost where something is.</summary>
    [Theory]
    [MemberData(nameof(Codes))]
    public async Task What_was_planted_is_repaired(string code)
    {
        PlantedVolume sample = await PlantedVolume.NewAsync();
        Plants[code](sample);
        await sample.CommitAsync();

        VolumeRepairReport repair = await sample.RepairAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, new VolumeCheckOptions { ReadBlocks = true });
        report.Findings.ShouldBeEmpty();
        (repair.Mended + repair.Losses.Count).ShouldBeGreaterThan(0);
        repair.Losses.ShouldAllBe(loss => loss.What.Length > 0);
        (await sample.RepairAsync()).ShouldSatisfyAllConditions(again => again.Losses.ShouldBeEmpty(), again => again.Mended.ShouldBe(0));
    }

    [Fact]
    public async Task A_finding_says_where()
    {
        PlantedVolume sample = await PlantedVolume.NewAsync();
        sample.EditInode(sample.Deep, (ref InodeRecord record) => record.Links++);
        await sample.CommitAsync();

        VolumeCheckReport report = await VolumeChecker.CheckAsync(sample.Store, CancellationToken.None);

        VolumeFinding finding = report.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Ino, finding.Path).ShouldBe(("link-count-wrong", sample.Deep, "/directory/inner/deep"));
    }
}
