using Tessera.Container.Media;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Media;

/// <summary>A power cut takes exactly what the contract lets it take, and no less.</summary>
public sealed class SimulatedDiskTests
{
    private const int Page = 4096;
    private const int Sector = 512;
    private const int Cuts = 200;

    private static readonly SimulatedDiskOptions Options = new() { LengthBytes = 1024 * 1024, Seed = 42 };

    public static TheoryData<CutMode> Modes => [.. Enum.GetValues<CutMode>()];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Flushed_write_survives_every_cut(CutMode mode)
    {
        byte[] data = Noise(1, 3 * Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(Page, data, WriteMode.Cached);
            medium.Flush();
            medium.Write(8 * Page, data, WriteMode.Direct);
        });
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            Survived(trace.ImageAfterCut(2, seed, mode), Page, data).ShouldBeTrue($"seed {seed}");
            Survived(trace.ImageAfterCut(3, seed, mode), Page, data).ShouldBeTrue($"seed {seed}");
        }
    }

    [Fact]
    public void Flush_in_flight_has_flushed_nothing()
    {
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, Noise(1, Page), WriteMode.Cached);
            medium.Flush();
        });
        Read(trace.ImageAfterCut(1, 0, CutMode.Nothing), 0, Page).ShouldNotBe(Noise(1, Page));
        Read(trace.ImageAfterCut(2, 0, CutMode.Nothing), 0, Page).ShouldBe(Noise(1, Page));
    }

    [Theory]
    [InlineData(WriteMode.Cached)]
    [InlineData(WriteMode.Direct)]
    public void Unflushed_sectors_each_survive_or_not_and_are_never_mixed(WriteMode mode)
    {
        byte[] old = Noise(1, 4 * Page);
        byte[] young = Noise(2, 4 * Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, old, WriteMode.Cached);
            medium.Flush();
            medium.Write(0, young, mode);
        });
        bool[] sawOld = new bool[old.Length / Sector];
        bool[] sawYoung = new bool[old.Length / Sector];
        bool sawYoungAfterOld = false;
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            byte[] found = Read(trace.ImageAfterCut(3, seed, CutMode.Sectors), 0, old.Length);
            for (int i = 0; i < sawOld.Length; i++)
            {
                bool isYoung = SectorOf(found, i).SequenceEqual(SectorOf(young, i));
                (isYoung || SectorOf(found, i).SequenceEqual(SectorOf(old, i))).ShouldBeTrue($"seed {seed}: sector {i} is neither old nor new");
                sawYoung[i] |= isYoung;
                sawOld[i] |= !isYoung;
                sawYoungAfterOld |= isYoung && i > 0 && SectorOf(found, i - 1).SequenceEqual(SectorOf(old, i - 1));
            }
        }

        sawOld.ShouldAllBe(saw => saw);
        sawYoung.ShouldAllBe(saw => saw);
        sawYoungAfterOld.ShouldBeTrue();
    }

    [Fact]
    public void Sector_written_twice_may_hold_any_of_its_versions()
    {
        byte[][] versions = [Noise(1, Sector), Noise(2, Sector), Noise(3, Sector)];
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, versions[0], WriteMode.Durable);
            medium.Write(0, versions[1], WriteMode.Cached);
            medium.Write(0, versions[2], WriteMode.Cached);
        });
        int[] counts = new int[versions.Length];
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            byte[] found = Read(trace.ImageAfterCut(3, seed, CutMode.Sectors), 0, Sector);
            counts[Array.FindIndex(versions, found.SequenceEqual)]++;
        }

        counts.ShouldAllBe(count => count > 0);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Durable_write_survives_and_is_not_undone_by_older_ones(CutMode mode)
    {
        byte[] durable = Noise(2, Sector);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, Noise(1, Page), WriteMode.Cached);
            medium.Write(Sector, durable, WriteMode.Durable);
        });
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            Survived(trace.ImageAfterCut(2, seed, mode), Sector, durable).ShouldBeTrue($"seed {seed}");
        }
    }

    [Fact]
    public void Durable_write_makes_nothing_else_durable()
    {
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(8 * Page, Noise(1, Page), WriteMode.Direct);
            medium.Write(0, Noise(2, Page), WriteMode.Durable);
        });
        Read(trace.ImageAfterCut(2, 0, CutMode.Nothing), 8 * Page, Page).ShouldNotBe(Noise(1, Page));
    }

    [Fact]
    public void Durable_write_in_flight_is_torn()
    {
        byte[] data = Noise(1, Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium => medium.Write(0, data, WriteMode.Durable));
        bool sawTorn = false;
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            byte[] found = Read(trace.ImageAfterCut(0, seed, CutMode.Sectors), 0, Page);
            int survived = Enumerable.Range(0, Page / Sector).Count(i => SectorOf(found, i).SequenceEqual(SectorOf(data, i)));
            sawTorn |= survived is > 0 and < Page / Sector;
        }

        sawTorn.ShouldBeTrue();
    }

    [Fact]
    public void Mode_writes_tears_nothing_and_reorders()
    {
        byte[] first = Noise(1, Page);
        byte[] second = Noise(2, Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, first, WriteMode.Cached);
            medium.Write(Page, second, WriteMode.Cached);
        });
        var seen = new HashSet<(bool First, bool Second)>();
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            DiskImage image = trace.ImageAfterCut(2, seed, CutMode.Writes);
            seen.Add((Survived(image, 0, first), Survived(image, Page, second)));
        }

        seen.Count.ShouldBe(4);
    }

    [Fact]
    public void Mode_prefix_keeps_the_order()
    {
        byte[][] writes = [.. Enumerable.Range(1, 4).Select(seed => Noise(seed, Page))];
        DiskTrace trace = RecordWrites(writes);
        var points = new HashSet<int>();
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            byte[] found = Read(trace.ImageAfterCut(4, seed, CutMode.Prefix), 0, 4 * Page);
            int survived = SurvivingSectors(found, writes);
            found.AsSpan(0, survived * Sector).SequenceEqual(writes.SelectMany(w => w).ToArray().AsSpan(0, survived * Sector)).ShouldBeTrue($"seed {seed}");
            points.Add(survived);
        }

        points.Count.ShouldBeGreaterThan(16);
    }

    [Fact]
    public void Mode_all_but_one_loses_one_write_or_one_sector()
    {
        byte[][] writes = [.. Enumerable.Range(1, 4).Select(seed => Noise(seed, Page))];
        DiskTrace trace = RecordWrites(writes);
        var losses = new HashSet<int>();
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            byte[] found = Read(trace.ImageAfterCut(4, seed, CutMode.AllButOne), 0, 4 * Page);
            losses.Add((4 * Page / Sector) - SurvivingSectors(found, writes));
        }

        losses.ShouldBe([1, Page / Sector], ignoreOrder: true);
    }

    [Fact]
    public void Growth_survives_a_flush_or_a_durable_write_in_it_and_nothing_else()
    {
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Grow(2 * 1024 * 1024);
            medium.Write(1024 * 1024, Noise(1, Page), WriteMode.Direct);
            medium.Write(1024 * 1024, Noise(2, Page), WriteMode.Durable);
            medium.Grow(4 * 1024 * 1024);
            medium.Flush();
        });
        trace.ImageAfterCut(2, 0, CutMode.Nothing).Length.ShouldBe(1024 * 1024);
        trace.ImageAfterCut(3, 0, CutMode.Nothing).Length.ShouldBe(2 * 1024 * 1024);
        trace.ImageAfterCut(4, 0, CutMode.Nothing).Length.ShouldBe(2 * 1024 * 1024);
        trace.ImageAfterCut(5, 0, CutMode.Nothing).Length.ShouldBe(4 * 1024 * 1024);
        Enumerable.Range(0, Cuts).Select(seed => trace.ImageAfterCut(2, (ulong)seed, CutMode.Sectors).Length).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void Unwritten_and_punched_pages_are_not_all_zeros_and_not_all_noise()
    {
        const int Pages = 64;
        var disk = new SimulatedDisk(Options);
        using SimulatedMedium medium = disk.Open();
        byte[] data = Noise(1, Pages * Page);
        byte[] fresh = Read(disk.ImageAfterKill(), 0, data.Length);
        PagesThat(fresh, page => page.IndexOfAnyExcept((byte)0) < 0).ShouldBeInRange(8, 56);

        medium.Write(0, data, WriteMode.Direct);
        medium.Punch(0, data.Length);
        byte[] punched = Read(disk.ImageAfterKill(), 0, data.Length);
        Enumerable.Range(0, Pages).Count(i => PageOf(punched, i).SequenceEqual(PageOf(data, i))).ShouldBeInRange(8, 56);
    }

    [Fact]
    public void Punch_may_be_undone_by_a_cut_until_it_is_flushed()
    {
        byte[] data = Noise(1, 64 * Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, data, WriteMode.Direct);
            medium.Flush();
            medium.Punch(0, data.Length);
        });
        Survived(trace.ImageAfterCut(3, 1, CutMode.Nothing), 0, data).ShouldBeTrue();
        Survived(trace.ImageAfterCut(3, 1, CutMode.Everything), 0, data).ShouldBeFalse();
    }

    [Fact]
    public void Image_of_a_kill_holds_all_that_completed()
    {
        byte[] data = Noise(1, Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, data, WriteMode.Cached);
            medium.Write(Page, data, WriteMode.Direct);
        });
        DiskImage image = trace.ImageAfterKill(1);
        Survived(image, 0, data).ShouldBeTrue();
        Survived(image, Page, data).ShouldBeFalse();
        Survived(trace.ImageAfterKill(2), Page, data).ShouldBeTrue();
    }

    [Fact]
    public void Kill_leaves_unflushed_writes_unflushed()
    {
        byte[] data = Noise(1, Page);
        var disk = new SimulatedDisk(Options);
        SimulatedMedium dead = disk.Open();
        dead.Write(0, data, WriteMode.Cached);
        disk.Kill();
        Should.Throw<PowerCutException>(() => dead.Write(0, data, WriteMode.Cached));
        using SimulatedMedium alive = disk.Open();
        byte[] read = new byte[Page];
        alive.Read(0, read);
        read.ShouldBe(data);
        Survived(disk.ImageAfterCut(1, CutMode.Nothing), 0, data).ShouldBeFalse();
    }

    [Fact]
    public void Same_seed_gives_the_same_image_and_another_seed_another()
    {
        DiskTrace trace = RecordWrites([Noise(1, 16 * Page)]);
        byte[] once = Read(trace.ImageAfterCut(1, 7, CutMode.Sectors), 0, 16 * Page);
        Read(trace.ImageAfterCut(1, 7, CutMode.Sectors), 0, 16 * Page).ShouldBe(once);
        Read(trace.ImageAfterCut(1, 8, CutMode.Sectors), 0, 16 * Page).ShouldNotBe(once);
    }

    [Fact]
    public void Images_are_independent_of_each_other_and_of_the_trace()
    {
        byte[] data = Noise(1, Page);
        DiskTrace trace = SimulatedDisk.Record(Options, medium =>
        {
            medium.Write(0, data, WriteMode.Direct);
            medium.Flush();
        });
        DiskImage changed = trace.ImageAfterCut(2, 0, CutMode.Nothing);
        changed.Write(0, new byte[Page]);
        changed.SetLength(Page);
        Survived(trace.ImageAfterCut(2, 0, CutMode.Nothing), 0, data).ShouldBeTrue();
        DiskImage clone = changed.Clone();
        changed.FlipBit(3, 1);
        Read(clone, 0, Page).ShouldBe(new byte[Page]);
        Read(changed, 0, 4).ShouldBe([0, 0, 0, 2]);
    }

    [Fact]
    public void Picked_cuts_are_in_range_repeatable_and_of_every_mode()
    {
        DiskTrace trace = RecordWrites([.. Enumerable.Range(0, 100).Select(seed => Noise(seed, Sector))]);
        IReadOnlyList<PowerCut> cuts = trace.PickCuts(Cuts, 5);
        cuts.Count.ShouldBe(Cuts);
        cuts.ShouldAllBe(cut => cut.Operation >= 0 && cut.Operation <= trace.Count);
        cuts.Select(cut => cut.Mode).Distinct().Count().ShouldBe(Modes.Count);
        trace.PickCuts(Cuts, 5).ShouldBe(cuts);
        trace.PickCuts(Cuts, 6).ShouldNotBe(cuts);
    }

    [Fact]
    public void Disk_without_a_trace_keeps_only_what_is_unflushed()
    {
        var disk = new SimulatedDisk(Options with { WriteBackBytes = 4 * Page });
        using SimulatedMedium medium = disk.Open();
        for (int i = 0; i < 9; i++)
        {
            medium.Write(i * Page, Noise(i, Page), WriteMode.Cached);
        }

        Should.Throw<ArgumentOutOfRangeException>(() => disk.Trace.ImageAfterCut(0, 0, CutMode.Nothing));
        DiskImage image = disk.ImageAfterCut(0, CutMode.Nothing);
        Survived(image, 0, Noise(0, Page)).ShouldBeTrue("the host writes back on its own");
        Survived(image, 8 * Page, Noise(8, Page)).ShouldBeFalse();
    }

    private static DiskTrace RecordWrites(byte[][] writes) => SimulatedDisk.Record(Options, medium =>
    {
        long offset = 0;
        foreach (byte[] data in writes)
        {
            medium.Write(offset, data, WriteMode.Cached);
            offset += data.Length;
        }
    });

    private static int SurvivingSectors(byte[] found, byte[][] writes)
    {
        byte[] all = [.. writes.SelectMany(write => write)];
        return Enumerable.Range(0, all.Length / Sector).Count(i => SectorOf(found, i).SequenceEqual(SectorOf(all, i)));
    }

    private static int PagesThat(byte[] bytes, Func<ReadOnlySpan<byte>, bool> predicate)
    {
        int count = 0;
        for (int i = 0; i < bytes.Length / Page; i++)
        {
            count += predicate(PageOf(bytes, i)) ? 1 : 0;
        }

        return count;
    }

    private static ReadOnlySpan<byte> SectorOf(byte[] bytes, int index) => bytes.AsSpan(index * Sector, Sector);

    private static ReadOnlySpan<byte> PageOf(byte[] bytes, int index) => bytes.AsSpan(index * Page, Page);

    private static bool Survived(DiskImage image, long offset, byte[] data) => Read(image, offset, data.Length).AsSpan().SequenceEqual(data);

    private static byte[] Read(DiskImage image, long offset, int count)
    {
        byte[] read = new byte[count];
        image.Read(offset, read);
        return read;
    }

    private static byte[] Noise(int seed, int count)
    {
        byte[] noise = new byte[count];
        new Random(seed).NextBytes(noise);
        return noise;
    }
}
