using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>copy_file_range(2): what is copied is shared, and nobody sees that.</summary>
public sealed class CopyRangeTests
{
    private const ulong RootIno = FsLimits.RootInode;

    /// <summary>The piece that is copied ends before any of the extents that a look into the map brings.</summary>
    [Fact]
    public async Task A_hole_before_very_many_extents_is_copied()
    {
        const int Pieces = 4000;
        const int Hole = 10_000;
        VolumeFixture fixture = await NewAsync();
        ulong source = (await fixture.MakeAsync(RootIno, "source")).Ino;
        ulong copy = (await fixture.MakeAsync(RootIno, "copy")).Ino;
        for (int i = 0; i < Pieces; i++)
        {
            await fixture.WriteAsync(source, Hole + (i * 24), new byte[] { 1, 2, 3 });
        }

        await fixture.WriteAsync(copy, 0, Pattern(Hole, 1));
        FsResult<ulong> copied = await fixture.Volume.CopyRangeAsync(Root, new FileSpan(source, 0, 0), new FileSpan(copy, 0, 0), Hole);
        copied.ShouldBe<FsResult<ulong>>((ulong)Hole);
        (await fixture.ReadAsync(copy)).ShouldBe(new byte[Hole]);
    }

    [Fact]
    public async Task A_copy_takes_no_block_and_outlives_its_source_and_the_last_of_both_gives_the_blocks_back()
    {
        VolumeFixture fixture = await NewAsync();
        byte[] content = Pattern(3_000_000, 1);
        ulong source = await MakeFileAsync(fixture, "source", content);
        ulong copy = await MakeFileAsync(fixture, "copy", []);
        int blocks = fixture.Memory.GetClaimedBlocks().Count;

        (await CopyAsync(fixture, (source, 0), (copy, 0), 4_000_000)).ShouldBe(3_000_000UL);

        fixture.Memory.GetClaimedBlocks().Count.ShouldBe(blocks);
        await ShouldHoldAsync(fixture, copy, content);
        await ShouldBeCleanAsync(fixture);
        await DeleteAsync(fixture, "source", source);
        await ShouldHoldAsync(fixture, copy, content);
        await ShouldBeCleanAsync(fixture);
        await DeleteAsync(fixture, "copy", copy);
        fixture.Memory.GetClaimedBlocks().ShouldBeEmpty();
        await ShouldBeCleanAsync(fixture);
    }

    [Fact]
    public async Task Writing_to_one_leaves_the_other_as_it_was()
    {
        VolumeFixture fixture = await NewAsync();
        byte[] content = Pattern(2_500_000, 1);
        ulong source = await MakeFileAsync(fixture, "source", content);
        ulong copy = await MakeFileAsync(fixture, "copy", []);
        await CopyAsync(fixture, (source, 0), (copy, 0), 2_500_000);

        await fixture.WriteAsync(copy, 100_000, Pattern(50_000, 2));
        await fixture.WriteAsync(source, 2_000_000, Pattern(50_000, 3));
        await fixture.SetSizeAsync(source, 2_100_000);
        await fixture.FlushAsync(copy);

        byte[] written = [.. content];
        Pattern(50_000, 2).CopyTo(written, 100_000);
        await ShouldHoldAsync(fixture, copy, written);
        Pattern(50_000, 3).CopyTo(content, 2_000_000);
        await ShouldHoldAsync(fixture, source, content[..2_100_000]);
        await ShouldBeCleanAsync(fixture);
    }

    [Fact]
    public async Task What_was_written_and_not_flushed_is_copied_and_what_is_copied_over_does_not_come_back()
    {
        VolumeFixture fixture = await NewAsync();
        ulong source = (await fixture.MakeAsync(RootIno, "source")).Ino;
        ulong copy = (await fixture.MakeAsync(RootIno, "copy")).Ino;
        await fixture.WriteAsync(source, 0, Pattern(9_000, 1));
        await fixture.WriteAsync(copy, 0, Pattern(9_000, 2));

        (await CopyAsync(fixture, (source, 1_000), (copy, 2_000), 5_000)).ShouldBe(5_000UL);
        await fixture.KillAsync();

        byte[] expected = Pattern(9_000, 2);
        Pattern(9_000, 1).AsSpan(1_000, 5_000).CopyTo(expected.AsSpan(2_000));
        await ShouldHoldAsync(fixture, copy, expected);
        await ShouldHoldAsync(fixture, source, Pattern(9_000, 1));
        await ShouldBeCleanAsync(fixture);
    }

    [Fact]
    public async Task Holes_are_copied_as_holes_over_what_was_there()
    {
        VolumeFixture fixture = await NewAsync();
        ulong source = (await fixture.MakeAsync(RootIno, "source")).Ino;
        await fixture.WriteAsync(source, 400_000, Pattern(100_000, 1));
        ulong copy = await MakeFileAsync(fixture, "copy", Pattern(1_000_000, 2));

        (await CopyAsync(fixture, (source, 0), (copy, 100_000), 500_000)).ShouldBe(500_000UL);

        byte[] expected = Pattern(1_000_000, 2);
        expected.AsSpan(100_000, 400_000).Clear();
        Pattern(100_000, 1).CopyTo(expected, 500_000);
        await ShouldHoldAsync(fixture, copy, expected);
        (await fixture.Volume.SeekAsync(Root, new FileSpan(copy, 0, 100_000), SeekTarget.Data)).Value.ShouldBe(500_000UL);
        (await fixture.AttributesAsync(copy)).Blocks.ShouldBe((600_000UL + 511) / 512);
        await ShouldBeCleanAsync(fixture);
    }

    [Fact]
    public async Task A_file_shares_with_itself_where_the_ranges_do_not_overlap()
    {
        VolumeFixture fixture = await NewAsync();
        byte[] content = Pattern(1_000_000, 1);
        ulong file = await MakeFileAsync(fixture, "file", content);

        (await fixture.Volume.CopyRangeAsync(Root, new FileSpan(file, 0, 0), new FileSpan(file, 0, 999_999), 1_000_000)).Error.ShouldBe(FsError.InvalidArgument);
        (await CopyAsync(fixture, (file, 0), (file, 500_000), 500_000)).ShouldBe(500_000UL);
        (await CopyAsync(fixture, (file, 0), (file, 1_000_000), 1_000_000)).ShouldBe(1_000_000UL);

        content.AsSpan(0, 500_000).CopyTo(content.AsSpan(500_000));
        await ShouldHoldAsync(fixture, file, [.. content, .. content]);
        await ShouldBeCleanAsync(fixture);
        await fixture.SetSizeAsync(file, 0);
        fixture.Memory.GetClaimedBlocks().ShouldBeEmpty();
        await ShouldBeCleanAsync(fixture);
    }

    [Theory]
    [InlineData(0UL, 0UL)]
    [InlineData(4_999UL, 1UL)]
    [InlineData(5_000UL, 0UL)]
    [InlineData((ulong)long.MaxValue, 0UL)]
    public async Task A_copy_ends_where_the_source_does(ulong from, ulong expected)
    {
        VolumeFixture fixture = await NewAsync();
        ulong source = await MakeFileAsync(fixture, "source", Pattern(5_000, 1));
        ulong copy = await MakeFileAsync(fixture, "copy", []);

        (await CopyAsync(fixture, (source, from), (copy, 10), from == 0 ? 0UL : ulong.MaxValue - from)).ShouldBe(expected);

        (await fixture.AttributesAsync(copy)).Size.ShouldBe(expected == 0 ? 0 : 10 + expected);
    }

    [Fact]
    public async Task Directories_links_and_immutable_files_are_refused()
    {
        VolumeFixture fixture = await NewAsync();
        ulong file = await MakeFileAsync(fixture, "file", Pattern(10, 1));
        ulong directory = (await fixture.MakeDirectoryAsync(RootIno, "directory")).Ino;
        ulong pipe = (await fixture.MakeAsync(RootIno, "pipe", 0x1000 | 0x1A4)).Ino;

        (await ErrorAsync(fixture, file, directory)).ShouldBe(FsError.IsDirectory);
        (await ErrorAsync(fixture, directory, file)).ShouldBe(FsError.IsDirectory);
        (await ErrorAsync(fixture, pipe, file)).ShouldBe(FsError.InvalidArgument);
        (await ErrorAsync(fixture, file, 4_711)).ShouldBe(FsError.Stale);
        ulong locked = await MakeFileAsync(fixture, "locked", []);
        AttributeChanges changes = new() { Mask = AttributeMask.Flags, Flags = InodeFlags.Immutable };
        (await fixture.Volume.SetAttributesAsync(Root, locked, changes)).Error.ShouldBe(FsError.None);
        (await ErrorAsync(fixture, file, locked)).ShouldBe(FsError.NotPermitted);
    }

    [Fact]
    public async Task Another_than_root_takes_privileges_and_needs_rights()
    {
        VolumeFixture fixture = await NewAsync();
        Caller user = new(1000, 1000, 1, Door.Internal, KernelChecked: false);
        ulong source = await MakeFileAsync(fixture, "source", Pattern(10, 1));
        ulong program = (await fixture.MakeAsync(RootIno, "program", ModeBits.Regular | 0xFFF)).Ino;
        ulong closed = (await fixture.MakeAsync(RootIno, "closed", ModeBits.Regular | 0x180)).Ino;

        (await fixture.Volume.CopyRangeAsync(user, new FileSpan(source, 0, 0), new FileSpan(program, 0, 0), 10)).Value.ShouldBe(10UL);

        ((await fixture.AttributesAsync(program)).Mode & ModeBits.PermissionMask).ShouldBe(0x3FFu);
        (await fixture.Volume.CopyRangeAsync(user, new FileSpan(source, 0, 0), new FileSpan(closed, 0, 0), 10)).Error.ShouldBe(FsError.AccessDenied);
        (await fixture.Volume.CopyRangeAsync(user, new FileSpan(closed, 0, 0), new FileSpan(program, 0, 0), 10)).Error.ShouldBe(FsError.AccessDenied);
    }

    [Fact]
    public async Task Sharers_that_write_copy_and_delete_at_once_lose_no_byte_and_leak_no_block()
    {
        const int Files = 12;
        const int Size = 400_000;
        VolumeFixture fixture = await NewAsync();
        byte[] content = Pattern(Size, 1);
        ulong source = await MakeFileAsync(fixture, "source", content);

        await Task.WhenAll(Enumerable.Range(0, Files).Select(number => Task.Run(async () =>
        {
            var random = new Random(number);
            ulong file = await MakeFileAsync(fixture, $"file{number}", []);
            byte[] mine = [];
            for (int round = 0; round < 40; round++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        await CopyAsync(fixture, (source, 0), (file, 0), Size);
                        mine = [.. content];
                        break;
                    case 1 when mine.Length > 0:
                        int at = random.Next(Size - 30_000);
                        await fixture.WriteAsync(file, at, Pattern(30_000, round));
                        Pattern(30_000, round).CopyTo(mine, at);
                        await fixture.FlushAsync(file);
                        break;
                    case 2:
                        await fixture.SetSizeAsync(file, 0);
                        mine = [];
                        break;
                    default:
                        await DeleteAsync(fixture, $"file{number}", file);
                        file = await MakeFileAsync(fixture, $"file{number}", []);
                        mine = [];
                        break;
                }
            }

            await ShouldHoldAsync(fixture, file, mine);
        })));

        await fixture.Volume.PackAsync();
        await ShouldHoldAsync(fixture, source, content);
        await ShouldBeCleanAsync(fixture);
        await DeleteAsync(fixture, "source", source);
        foreach (int number in Enumerable.Range(0, Files))
        {
            await DeleteAsync(fixture, $"file{number}", (await fixture.LookupAsync(RootIno, $"file{number}")).Value.Ino);
        }

        fixture.Memory.GetClaimedBlocks().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, 0, "block-live-wrong")]
    [InlineData(-1, 0, "block-live-wrong")]
    [InlineData(0, 1, "block-record-wrong")]
    [InlineData(0, 0, "block-used-twice")]
    public async Task A_wrong_or_missing_record_of_a_shared_block_is_found(int live, int length, string code)
    {
        VolumeFixture fixture = await NewAsync();
        ulong source = await MakeFileAsync(fixture, "source", Pattern(100_000, 1));
        ulong copy = await MakeFileAsync(fixture, "copy", []);
        await CopyAsync(fixture, (source, 0), (copy, 0), 100_000);
        (byte[] key, byte[] value) = fixture.Memory.GetEntries().Single(entry => entry.Key[0] == (byte)KeyTag.Block);
        BlockRecord record = BlockRecord.Decode(value);
        new BlockRecord(BlockRecord.Shared, record.Live + live, (uint)(record.Length + length)).Encode(value);
        StoreBatch batch = new();
        if (live == 0 && length == 0)
        {
            batch.Delete(key);
        }
        else
        {
            batch.Put(key, value);
        }

        await fixture.Memory.CommitAsync(batch);

        VolumeCheckReport report = await VolumeChecker.CheckAsync(fixture.Memory, TestContext.Current.CancellationToken);
        report.Findings.ShouldContain(finding => finding.Code == code);
    }

    [Fact]
    public async Task Damage_of_a_shared_block_is_told_of_every_file_that_has_it_and_the_block_read_once()
    {
        VolumeFixture fixture = await NewAsync();
        ulong source = await MakeFileAsync(fixture, "source", Pattern(100_000, 1));
        ulong copy = await MakeFileAsync(fixture, "copy", []);
        await CopyAsync(fixture, (source, 0), (copy, 0), 100_000);
        VolumeCheckOptions options = new() { ReadBlocks = true, Cancellation = TestContext.Current.CancellationToken };
        (await VolumeChecker.CheckAsync(fixture.Memory, options)).BlockBytesRead.ShouldBe(100_000);
        fixture.Memory.Damage(fixture.Memory.GetClaimedBlocks().Single().Address);

        VolumeCheckReport report = await VolumeChecker.CheckAsync(fixture.Memory, options);

        report.Findings.Select(finding => (finding.Code, finding.Path)).ShouldBe(
            [("block-unreadable", "/source"), ("block-unreadable", "/copy")], ignoreOrder: true);
    }

    private static async Task<ulong> MakeFileAsync(VolumeFixture fixture, string name, byte[] content)
    {
        ulong ino = (await fixture.MakeAsync(RootIno, name)).Ino;
        if (content.Length > 0)
        {
            await fixture.WriteAsync(ino, 0, content);
            await fixture.FlushAsync(ino);
        }

        return ino;
    }

    private static async Task<ulong> CopyAsync(VolumeFixture fixture, (ulong Ino, ulong Offset) from, (ulong Ino, ulong Offset) to, ulong length)
    {
        FsResult<ulong> copied = await fixture.Volume.CopyRangeAsync(
            Root, new FileSpan(from.Ino, 0, from.Offset), new FileSpan(to.Ino, 0, to.Offset), length);
        copied.Error.ShouldBe(FsError.None);
        return copied.Value;
    }

    private static async Task<FsError> ErrorAsync(VolumeFixture fixture, ulong from, ulong to) =>
        (await fixture.Volume.CopyRangeAsync(Root, new FileSpan(from, 0, 0), new FileSpan(to, 0, 0), 10)).Error;

    private static async Task DeleteAsync(VolumeFixture fixture, string name, ulong ino)
    {
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name(name))).ShouldBe(FsError.None);
        fixture.Volume.Forget(ino);
        await fixture.Volume.CollectOrphansAsync();
    }

    private static async Task ShouldHoldAsync(VolumeFixture fixture, ulong ino, byte[] content) =>
        (await fixture.ReadAsync(ino)).AsSpan().SequenceEqual(content).ShouldBeTrue();

    private static async Task ShouldBeCleanAsync(VolumeFixture fixture)
    {
        await fixture.Volume.WriteBackAsync();
        VolumeCheckReport report = await VolumeChecker.CheckAsync(fixture.Memory, TestContext.Current.CancellationToken);
        report.Findings.ShouldBeEmpty();
    }
}
