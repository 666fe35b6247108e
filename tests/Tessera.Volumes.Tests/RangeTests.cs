using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>fallocate(2), and lseek(2) with SEEK_DATA and SEEK_HOLE.</summary>
public sealed class RangeTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private const AllocateModes Punch = AllocateModes.PunchHole | AllocateModes.KeepSize;

    [Fact]
    public async Task A_range_cleared_beyond_the_end_is_zeros_and_length_in_one_commit()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] content = Pattern(10_000, 1);
        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);
        fixture.Store.ResetCounts();
        await AllocateAsync(fixture, file.Ino, (5000, 20_000), AllocateModes.ZeroRange);
        fixture.Store.Commits.ShouldBe(1);
        await fixture.KillAsync();
        (await fixture.ReadAsync(file.Ino)).ShouldBe([.. content[..5000], .. new byte[20_000]]);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public async Task Data_and_holes_are_found_byte_by_byte_whatever_was_written_punched_and_cut(int seed)
    {
        const int Size = 300_000;
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        var random = new Random(seed);
        bool[] isData = new bool[Size];
        int length = 0;
        for (int step = 0; step < 300; step++)
        {
            int from = random.Next(Size);
            int count = random.Next(1, Math.Min(Size - from, random.Next(2) == 0 ? 100 : 60_000) + 1);
            switch (random.Next(8))
            {
                case 0:
                    await fixture.SetSizeAsync(file.Ino, from);
                    Array.Clear(isData, from, Size - from);
                    length = from;
                    break;
                case 1 or 2:
                    await AllocateAsync(fixture, file.Ino, (from, count), Punch);
                    Array.Clear(isData, from, count);
                    break;
                case 3:
                    await fixture.FlushAsync(file.Ino);
                    break;
                default:
                    await fixture.WriteAsync(file.Ino, from, Pattern(count, step));
                    isData.AsSpan(from, count).Fill(true);
                    length = Math.Max(length, from + count);
                    break;
            }

            int at = random.Next(Size);
            await ShouldFindAsync(fixture, file.Ino, SeekTarget.Data, at, Find(isData, length, at, wanted: true), $"seed {seed}, step {step}, {at}");
            int hole = Find(isData, length, at, wanted: false);
            await ShouldFindAsync(fixture, file.Ino, SeekTarget.Hole, at, at < length && hole < 0 ? length : hole, $"seed {seed}, step {step}, {at}");
        }
    }

    [Fact]
    public async Task A_punched_range_reads_as_zeros_gives_its_space_back_and_leaves_the_size()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] content = Pattern(3_000_000, 1);
        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);
        await fixture.WriteAsync(file.Ino, 1_500_000, Pattern(1000, 2)); // Not flushed, and in the way of the hole.

        await AllocateAsync(fixture, file.Ino, (500_001, 2_000_000), Punch);

        content.AsSpan(500_001, 2_000_000).Clear();
        (await fixture.ReadAsync(file.Ino)).AsSpan().SequenceEqual(content).ShouldBeTrue();
        await fixture.KillAsync();
        (await fixture.ReadAsync(file.Ino)).AsSpan().SequenceEqual(content).ShouldBeTrue();
        InodeAttributes after = await fixture.AttributesAsync(file.Ino);
        after.Size.ShouldBe(3_000_000UL);
        after.Blocks.ShouldBe((1_000_000UL + 511) / 512);
    }

    [Fact]
    public async Task What_was_written_before_a_hole_is_there_when_the_hole_is()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(1000, 1));

        await AllocateAsync(fixture, file.Ino, (5000, 10), Punch);
        await fixture.KillAsync();

        (await fixture.ReadAsync(file.Ino)).ShouldBe(Pattern(1000, 1));
    }

    [Fact]
    public async Task Allocating_grows_a_file_with_zeros_unless_its_size_is_to_stay()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(10, 1));

        await AllocateAsync(fixture, file.Ino, (100, 50), AllocateModes.KeepSize);
        (await fixture.AttributesAsync(file.Ino)).Size.ShouldBe(10UL);
        await AllocateAsync(fixture, file.Ino, (100, 50), AllocateModes.None);
        await AllocateAsync(fixture, file.Ino, (5, 200), AllocateModes.ZeroRange);

        (await fixture.ReadAsync(file.Ino)).ShouldBe([.. Pattern(10, 1).AsSpan(0, 5), .. new byte[200]]);
    }

    [Theory]
    [InlineData(0UL, 0UL, AllocateModes.None, FsError.InvalidArgument)]
    [InlineData((ulong)long.MaxValue, 1UL, AllocateModes.None, FsError.FileTooBig)]
    [InlineData(1UL, ulong.MaxValue, AllocateModes.None, FsError.FileTooBig)]
    [InlineData(0UL, 10UL, AllocateModes.PunchHole, FsError.NotSupported)]
    [InlineData(0UL, 10UL, AllocateModes.PunchHole | AllocateModes.ZeroRange | AllocateModes.KeepSize, FsError.NotSupported)]
    [InlineData(0UL, 10UL, (AllocateModes)8, FsError.NotSupported)]
    [InlineData(0UL, 1UL << 60, AllocateModes.None, FsError.NoSpace)]
    public async Task What_cannot_be_allocated_is_refused_and_changes_nothing(ulong offset, ulong length, AllocateModes modes, FsError expected)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");

        (await fixture.Volume.AllocateAsync(Root, new FileSpan(file.Ino, 0, offset), length, modes)).ShouldBe(expected);

        (await fixture.AttributesAsync(file.Ino)).Change.ShouldBe(file.Change);
    }

    private static async Task AllocateAsync(VolumeFixture fixture, ulong ino, (int From, int Count) range, AllocateModes modes) =>
        (await fixture.Volume.AllocateAsync(Root, new FileSpan(ino, 0, (ulong)range.From), (ulong)range.Count, modes)).ShouldBe(FsError.None);

    private static int Find(bool[] isData, int length, int from, bool wanted)
    {
        int found = from < length ? Array.IndexOf(isData, wanted, from, length - from) : -1;
        return found;
    }

    private static async Task ShouldFindAsync(VolumeFixture fixture, ulong ino, SeekTarget target, int from, int expected, string why)
    {
        FsResult<ulong> found = await fixture.Volume.SeekAsync(Root, new FileSpan(ino, 0, (ulong)from), target);
        (found.Ok ? (int)found.Value : -1).ShouldBe(expected, $"{target}, {why}");
        (found.Ok || found.Error == FsError.NoSuchAddress).ShouldBeTrue();
    }
}
