using Tessera.Container.Media;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Media;

/// <summary>Each fault of the simulated disk happens when it was asked for, and does the harm it is meant to do.</summary>
public sealed class DiskFaultsTests : IDisposable
{
    private const int Page = 4096;

    private readonly SimulatedDisk disk = new(new SimulatedDiskOptions { LengthBytes = 1024 * 1024, CapacityBytes = 2 * 1024 * 1024, Seed = 3, Traced = true });
    private readonly SimulatedMedium medium;

    public DiskFaultsTests() => medium = disk.Open();

    public void Dispose() => medium.Dispose();

    [Fact]
    public void Nth_operation_of_a_kind_fails_and_the_others_do_not()
    {
        disk.Faults.Fail(DiskOperations.Read, nth: 2);
        medium.Write(0, new byte[Page], WriteMode.Cached);
        medium.Read(0, new byte[Page]);
        FaultOf(() => medium.Read(0, new byte[Page])).ShouldBe(MediumFault.Failed);
        medium.Read(0, new byte[Page]);
    }

    [Fact]
    public void Fault_can_last_and_be_of_any_kind()
    {
        disk.Faults.Fail(DiskOperations.Write, times: int.MaxValue, fault: MediumFault.NoSpace);
        foreach (WriteMode mode in Enum.GetValues<WriteMode>())
        {
            FaultOf(() => medium.Write(0, new byte[Page], mode)).ShouldBe(MediumFault.NoSpace);
        }

        disk.Faults.Clear();
        medium.Write(0, new byte[Page], WriteMode.Cached);
    }

    [Fact]
    public void Failed_write_may_have_changed_its_first_sectors_and_no_others()
    {
        disk.Faults.Fail(DiskOperations.DirectWrite, times: int.MaxValue);
        var survived = new HashSet<int>();
        for (int i = 0; i < 32; i++)
        {
            medium.Write(0, new byte[2 * Page], WriteMode.Cached);
            FaultOf(() => medium.Write(0, Filled(1, Page), WriteMode.Direct)).ShouldBe(MediumFault.Failed);
            byte[] read = ReadBack(0, 2 * Page);
            int changed = read.AsSpan().LastIndexOf((byte)1) + 1;
            read.AsSpan(0, changed).IndexOfAnyExcept((byte)1).ShouldBe(-1);
            survived.Add(changed / 512);
        }

        survived.Count.ShouldBeGreaterThan(3);
        survived.Max().ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public void Failed_durable_write_is_not_durable()
    {
        medium.Write(0, Filled(1, Page), WriteMode.Durable);
        disk.Faults.Fail(DiskOperations.DurableWrite);
        FaultOf(() => medium.Write(0, Filled(2, Page), WriteMode.Durable)).ShouldBe(MediumFault.Failed);
        byte[] found = new byte[Page];
        disk.ImageAfterCut(0, CutMode.Nothing).Read(0, found);
        found.ShouldBe(Filled(1, Page));
    }

    [Fact]
    public void Failed_flush_loses_sectors_for_good_while_reads_still_show_them()
    {
        const int Sectors = 64;
        byte[] data = Filled(7, Sectors * 512);
        medium.Write(0, new byte[data.Length], WriteMode.Cached);
        medium.Flush();
        medium.Write(0, data, WriteMode.Cached);
        disk.Faults.Fail(DiskOperations.Flush);
        FaultOf(medium.Flush).ShouldBe(MediumFault.Failed);

        medium.Flush();

        ReadBack(0, data.Length).ShouldBe(data);
        byte[] found = new byte[data.Length];
        disk.Trace.ImageAfterCut(disk.Trace.Count, 1, CutMode.Everything).Read(0, found);
        int lost = Enumerable.Range(0, Sectors).Count(i => found[i * 512] == 0);
        lost.ShouldBeInRange(1, Sectors - 1);
        byte[] again = new byte[data.Length];
        disk.Trace.ImageAfterCut(disk.Trace.Count, 2, CutMode.Nothing).Read(0, again);
        again.ShouldBe(found, "what the failed flush lost does not depend on the cut");

        int failedFlush = disk.Trace.Count - 2;
        disk.Trace.ImageAfterCut(failedFlush, 1, CutMode.Nothing).Read(0, found);
        found.ShouldAllBe(value => value == 0, "a cut before the flush failed is a cut like any other");
    }

    [Fact]
    public void Write_after_a_failed_flush_is_kept_by_the_next_one()
    {
        medium.Write(0, Filled(1, Page), WriteMode.Cached);
        disk.Faults.Fail(DiskOperations.Flush);
        FaultOf(medium.Flush).ShouldBe(MediumFault.Failed);
        medium.Write(0, Filled(2, Page), WriteMode.Cached);
        medium.Flush();
        byte[] found = new byte[Page];
        disk.ImageAfterCut(0, CutMode.Nothing).Read(0, found);
        found.ShouldBe(Filled(2, Page));
    }

    [Fact]
    public void Growth_beyond_the_capacity_has_no_space_and_changes_nothing()
    {
        medium.HostFreeBytes.ShouldBe(1024 * 1024);
        FaultOf(() => medium.Grow(4 * 1024 * 1024)).ShouldBe(MediumFault.NoSpace);
        medium.Length.ShouldBe(1024 * 1024);
        disk.Trace.Count.ShouldBe(0);
        medium.Grow(2 * 1024 * 1024);
        medium.HostFreeBytes.ShouldBe(0);
    }

    [Fact]
    public void Disk_cut_short_is_truncated()
    {
        medium.Write(0, Filled(1, Page), WriteMode.Durable);
        DiskImage image = disk.ImageAfterKill();
        image.SetLength(8 * Page);
        using SimulatedMedium shorter = new SimulatedDisk(image, new SimulatedDiskOptions()).Open();
        shorter.Length.ShouldBe(8 * Page);
        FaultOf(() => shorter.Read(8 * Page, new byte[Page])).ShouldBe(MediumFault.Truncated);
    }

    [Fact]
    public void Flipped_bit_is_read_and_stays_after_a_cut()
    {
        medium.Write(0, new byte[Page], WriteMode.Cached);
        disk.FlipBit(100, 3);
        ReadBack(100, 1).ShouldBe([8]);
        byte[] found = new byte[1];
        disk.ImageAfterCut(0, CutMode.Nothing).Read(100, found);
        found.ShouldBe([8]);
    }

    [Fact]
    public async Task Stalled_operation_waits_for_its_gate_while_others_go_on()
    {
        OperationGate gate = disk.Faults.Stall(DiskOperations.DirectWrite);
        Task stalled = Task.Run(() => medium.Write(0, Filled(1, Page), WriteMode.Direct), TestContext.Current.CancellationToken);
        await gate.Reached;
        medium.Write(Page, Filled(2, Page), WriteMode.Cached);
        ReadBack(0, Page).ShouldNotBe(Filled(1, Page));
        stalled.IsCompleted.ShouldBeFalse();
        gate.Release();
        await stalled;
        ReadBack(0, Page).ShouldBe(Filled(1, Page));
    }

    [Fact]
    public async Task Power_cut_ends_a_stalled_operation_that_did_nothing()
    {
        OperationGate gate = disk.Faults.Stall(DiskOperations.Write);
        Task stalled = Task.Run(() => medium.Write(0, Filled(1, Page), WriteMode.Durable), TestContext.Current.CancellationToken);
        await gate.Reached;
        disk.CutPower();
        await Should.ThrowAsync<PowerCutException>(() => stalled);
        disk.Trace.Count.ShouldBe(0);
    }

    [Fact]
    public void Scheduled_cut_stops_in_the_middle_of_an_operation_and_everything_after_it()
    {
        disk.Faults.CutPowerAt(2);
        medium.Write(0, Filled(1, Page), WriteMode.Durable);
        medium.Read(0, new byte[Page]);
        medium.Write(Page, Filled(2, Page), WriteMode.Cached);
        Should.Throw<PowerCutException>(() => medium.Write(2 * Page, Filled(3, Page), WriteMode.Durable));
        Should.Throw<PowerCutException>(() => medium.Read(0, new byte[Page]));
        Should.Throw<PowerCutException>(medium.Flush);
        Should.Throw<PowerCutException>(() => disk.Open());

        byte[] all = new byte[3 * Page];
        disk.ImageAfterCut(0, CutMode.Everything).Read(0, all);
        all.ShouldBe([.. Filled(1, Page), .. Filled(2, Page), .. Filled(3, Page)]);
        disk.ImageAfterCut(0, CutMode.Nothing).Read(0, all);
        all[..Page].ShouldBe(Filled(1, Page));
        all[Page..(2 * Page)].ShouldNotBe(Filled(2, Page));
        all[(2 * Page)..].ShouldNotBe(Filled(3, Page));
    }

    [Fact]
    public void Counters_count_operations_and_bytes()
    {
        medium.Write(0, new byte[Page], WriteMode.Cached);
        medium.Write(0, new byte[2 * Page], WriteMode.Direct);
        medium.Read(0, new byte[100]);
        medium.Flush();
        disk.Counters.Operations(DiskOperations.Write).ShouldBe(2);
        disk.Counters.Bytes(DiskOperations.Write).ShouldBe(3 * Page);
        disk.Counters.Bytes(DiskOperations.CachedWrite).ShouldBe(Page);
        disk.Counters.Bytes(DiskOperations.Read).ShouldBe(100);
        disk.Counters.Operations(DiskOperations.Any).ShouldBe(4);
        disk.Counters.Reset();
        disk.Counters.Operations(DiskOperations.Any).ShouldBe(0);
    }

    private static MediumFault FaultOf(Action action) => Should.Throw<MediumException>(action).Fault;

    private static byte[] Filled(byte value, int count)
    {
        byte[] bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private byte[] ReadBack(long offset, int count)
    {
        byte[] read = new byte[count];
        medium.Read(offset, read);
        return read;
    }
}
