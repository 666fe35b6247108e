using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class DataTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(70_000)]
    [InlineData(3_000_001)]
    public async Task Written_bytes_are_read_back_dirty_flushed_and_after_a_kill(int length)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] content = Pattern(length, length);
        for (int at = 0; at < length; at += 128 << 10)
        {
            await fixture.WriteAsync(file.Ino, at, content.AsMemory(at, Math.Min(128 << 10, length - at)));
        }

        await ShouldHoldAsync(fixture, file.Ino, content);
        await fixture.FlushAsync(file.Ino);
        await ShouldHoldAsync(fixture, file.Ino, content);
        (await fixture.AttributesAsync(file.Ino)).Blocks.ShouldBe((ulong)(length + 511) / 512);
        await fixture.KillAsync();
        await ShouldHoldAsync(fixture, file.Ino, content);
        fixture.Memory.UnclaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task Sparse_file_reads_zeros_in_its_holes_and_takes_no_space_for_them()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        const long Far = 1L << 40;
        await fixture.WriteAsync(file.Ino, Far, Pattern(10, 1));
        await fixture.FlushAsync(file.Ino);
        (await fixture.AttributesAsync(file.Ino)).Size.ShouldBe((ulong)Far + 10);
        (await fixture.AttributesAsync(file.Ino)).Blocks.ShouldBe(1UL);
        byte[] read = await fixture.ReadAsync(file.Ino, Far - 100, 200);
        read.ShouldBe([.. new byte[100], .. Pattern(10, 1)]);
        (await fixture.ReadAsync(file.Ino, 12345, 1000)).ShouldBe(new byte[1000]);
    }

    [Fact]
    public async Task Largest_file_has_its_last_byte_and_none_more()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, long.MaxValue - 1, new byte[] { 7 });
        await fixture.FlushAsync(file.Ino);
        await fixture.KillAsync();
        (await fixture.ReadAsync(file.Ino, long.MaxValue - 2, 10)).ShouldBe(new byte[] { 0, 7 });
        FileSpan beyond = new(file.Ino, 0, long.MaxValue);
        (await fixture.Volume.WriteAsync(Root, beyond, new byte[1], WriteFlags.None)).Error.ShouldBe(FsError.FileTooBig);
        await fixture.SetSizeAsync(file.Ino, 5);
        (await fixture.ReadAsync(file.Ino)).ShouldBe(new byte[5]);
    }

    [Fact]
    public async Task Truncated_bytes_never_come_back()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] content = Pattern(3 << 20, 9);
        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);
        await fixture.SetSizeAsync(file.Ino, 1_500_000);
        await fixture.SetSizeAsync(file.Ino, 2_000_000);
        byte[] expected = [.. content.AsSpan(0, 1_500_000), .. new byte[500_000]];
        await ShouldHoldAsync(fixture, file.Ino, expected);
        await fixture.KillAsync();
        await ShouldHoldAsync(fixture, file.Ino, expected);
        await fixture.SetSizeAsync(file.Ino, 0);
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task Scattered_writes_become_few_blocks()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] content = Pattern(16 << 20, 3);
        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);
        fixture.Store.ResetCounts();
        Random random = new(5);
        for (int i = 0; i < 1000; i++)
        {
            int at = random.Next(4095) * 4096;
            byte[] page = Pattern(4096, i);
            page.CopyTo(content, at);
            await fixture.WriteAsync(file.Ino, at, page);
        }

        await fixture.FlushAsync(file.Ino);
        fixture.Store.BlockWrites.ShouldBeLessThanOrEqualTo(4);
        await ShouldHoldAsync(fixture, file.Ino, content);
    }

    [Fact]
    public async Task Streaming_keeps_to_the_memory_bound()
    {
        VolumeFixture fixture = await NewAsync(new VolumeOptions { DirtyBytes = 8 << 20, BackgroundWriteBack = false });
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] piece = Pattern(128 << 10, 3);
        for (int i = 0; i < 512; i++)
        {
            await fixture.WriteAsync(file.Ino, (long)i * piece.Length, piece);
        }

        fixture.Volume.Counters.PeakDirtyBytes.ShouldBeLessThanOrEqualTo(8 << 20);
        await fixture.FlushAsync(file.Ino);
        fixture.Volume.Counters.DirtyBytes.ShouldBe(0);
        byte[] read = await fixture.ReadAsync(file.Ino, 0, 512 * piece.Length);
        for (int i = 0; i < 512; i++)
        {
            read.AsSpan(i * piece.Length, piece.Length).SequenceEqual(piece).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Thousands_of_small_dirty_files_keep_to_the_memory_bound()
    {
        VolumeFixture fixture = await NewAsync(new VolumeOptions { DirtyBytes = 4 << 20, BackgroundWriteBack = false });
        List<ulong> files = [];
        for (int i = 0; i < 1000; i++)
        {
            files.Add((await fixture.MakeAsync(RootIno, $"f{i}")).Ino);
            await fixture.WriteAsync(files[i], 0, Pattern(3000, i));
        }

        fixture.Volume.Counters.PeakDirtyBytes.ShouldBeLessThanOrEqualTo(4 << 20);
        for (int i = 0; i < files.Count; i++)
        {
            await ShouldHoldAsync(fixture, files[i], Pattern(3000, i));
        }
    }

    [Fact]
    public async Task Unlinked_open_file_lives_until_it_is_closed_and_forgotten()
    {
        VolumeFixture fixture = await NewAsync();
        OpenedFile file = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Create)).Value;
        ulong ino = file.Attributes.Ino;
        await fixture.WriteAsync(ino, 0, Pattern(100_000, 1), file.Handle);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        fixture.Volume.Forget(ino);
        await fixture.WriteAsync(ino, 100_000, Pattern(1000, 2), file.Handle);
        await fixture.FlushAsync(ino);
        (await fixture.ReadAsync(ino, 0, 200_000, file.Handle)).ShouldBe([.. Pattern(100_000, 1), .. Pattern(1000, 2)]);
        (await fixture.AttributesAsync(ino)).LinkCount.ShouldBe(0U);
        (await fixture.Volume.ReleaseAsync(ino, file.Handle)).ShouldBe(FsError.None);
        await fixture.Volume.CollectOrphansAsync();
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
        (await fixture.Volume.GetAttributesAsync(Root, ino)).Error.ShouldBe(FsError.Stale);
    }

    [Fact]
    public async Task Sequential_reads_are_read_ahead_by_whole_blocks()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] content = Pattern(8 << 20, 1);
        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);
        ulong handle = (await fixture.Volume.OpenAsync(Root, file.Ino, OpenFlags.ReadOnly)).Value;
        fixture.Store.ResetCounts();
        for (int at = 0; at < content.Length; at += 64 << 10)
        {
            (await fixture.ReadAsync(file.Ino, at, 64 << 10, handle)).AsSpan().SequenceEqual(content.AsSpan(at, 64 << 10)).ShouldBeTrue();
        }

        fixture.Store.BlockReads.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task Relative_access_time_is_stored_lazily_and_together()
    {
        VolumeFixture fixture = await NewAsync();
        List<ulong> files = [];
        for (int i = 0; i < 100; i++)
        {
            files.Add((await fixture.MakeAsync(RootIno, $"f{i}")).Ino);
        }

        fixture.Store.ResetCounts();
        foreach (ulong ino in files)
        {
            Timestamp before = (await fixture.AttributesAsync(ino)).AccessTime;
            await fixture.ReadAsync(ino);
            Timestamp first = (await fixture.AttributesAsync(ino)).AccessTime;
            await fixture.ReadAsync(ino);
            first.ShouldBeGreaterThan(before);
            (await fixture.AttributesAsync(ino)).AccessTime.ShouldBe(first);
            await fixture.FlushAsync(ino);
        }

        fixture.Store.Commits.ShouldBe(0);
        await fixture.Volume.WriteBackAsync();

        // A file that was opened has content in memory and is flushed by itself; none costs more than a commit.
        fixture.Store.Commits.ShouldBeLessThanOrEqualTo(100);
        InodeAttributes last = await fixture.AttributesAsync(files[^1]);
        await fixture.KillAsync();
        (await fixture.AttributesAsync(files[^1])).AccessTime.ShouldBe(last.AccessTime);
    }

    private static async Task ShouldHoldAsync(VolumeFixture fixture, ulong ino, byte[] expected)
    {
        byte[] actual = await fixture.ReadAsync(ino, 0, expected.Length + 100);
        actual.AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }
}
