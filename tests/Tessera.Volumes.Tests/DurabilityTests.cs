using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>What is kept when: kills, fsync, full stores, failing and damaged ones.</summary>
public sealed class DurabilityTests
{
    private const ulong RootIno = FsLimits.RootInode;

    public static TheoryData<string> OtherChanges => ["rename", "link", "unlink", "chmod", "xattr"];

    [Theory]
    [MemberData(nameof(OtherChanges))]
    public async Task Length_of_unwritten_bytes_is_not_stored_by_other_changes(string change)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("also"));
        await fixture.WriteAsync(file.Ino, 0, Pattern(5000, 1));
        await fixture.FlushAsync(file.Ino);
        await fixture.WriteAsync(file.Ino, 5000, Pattern(100_000, 2));
        FsError error = change switch
        {
            "rename" => await fixture.Volume.RenameAsync(
                Root, new DirectoryEntry(RootIno, Name("f")), new DirectoryEntry(RootIno, Name("g")), RenameFlags.None),
            "link" => (await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("h"))).Error,
            "unlink" => await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f")),
            "chmod" => (await fixture.Volume.SetAttributesAsync(
                Root, file.Ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x180 })).Error,
            _ => await fixture.Volume.SetXattrAsync(Root, file.Ino, Name("user.a"), new byte[5], XattrFlags.None),
        };
        error.ShouldBe(FsError.None);
        (await fixture.AttributesAsync(file.Ino)).Size.ShouldBe(105_000UL);
        await fixture.KillAsync();
        await ShouldHoldAsync(fixture, file.Ino, Pattern(5000, 1));
    }

    [Fact]
    public async Task An_open_file_without_a_name_is_collected_after_a_kill_though_it_was_truncated()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(300_000, 1));
        await fixture.FlushAsync(file.Ino);
        FsResult<ulong> handle = await fixture.Volume.OpenAsync(Root, file.Ino, OpenFlags.ReadWrite);
        handle.Error.ShouldBe(FsError.None);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        await fixture.SetSizeAsync(file.Ino, 10);

        await fixture.KillAsync();
        await fixture.Volume.CollectOrphansAsync();

        fixture.Memory.GetEntries().Select(entry => Convert.ToHexString(entry.Key)).ShouldBe(["01", "100000000000000001"]);
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task Room_of_what_was_deleted_a_moment_ago_is_waited_for()
    {
        VolumeFixture fixture = await NewAsync(options: new VolumeOptions { BackgroundWriteBack = false, BackgroundWorkers = false });
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(200_000, 1));
        await fixture.FlushAsync(file.Ino);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        fixture.Volume.Forget(file.Ino);
        fixture.Memory.ClaimedBlocks.ShouldBeGreaterThan(0);
        fixture.Store.OnCommit = batch =>
            batch.MayUseReserve || fixture.Memory.ClaimedBlocks == 0 ? Core.Stores.CommitStatus.Committed : Core.Stores.CommitStatus.NoSpace;

        (await fixture.Volume.MakeNodeAsync(Root, RootIno, Name("d"), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Error.ShouldBe(FsError.None);

        fixture.Store.OnCommit = _ => Core.Stores.CommitStatus.NoSpace;
        (await fixture.Volume.MakeNodeAsync(Root, RootIno, Name("e"), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Error.ShouldBe(FsError.NoSpace);
    }

    /// <summary>The operation has waited for the room of what was deleted before it began; this comes later.</summary>
    [Fact]
    public async Task Room_of_what_is_deleted_while_an_operation_waits_is_waited_for_too()
    {
        VolumeFixture fixture = await NewAsync(options: new VolumeOptions { BackgroundWriteBack = false, BackgroundWorkers = false });
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        fixture.Volume.Forget(file.Ino);
        int refused = 0;
        fixture.Store.OnCommit = batch =>
        {
            if (batch.MayUseReserve || refused > 0)
            {
                return Core.Stores.CommitStatus.Committed;
            }

            refused++;
            Now.Do(fixture.Volume.CollectOrphansAsync());
            return Core.Stores.CommitStatus.NoSpace;
        };

        (await fixture.Volume.MakeNodeAsync(Root, RootIno, Name("d"), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Error.ShouldBe(FsError.None);

        refused.ShouldBe(1);
    }

    [Fact]
    public async Task Bytes_written_while_a_flush_fails_stay_on_top()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] expected = Pattern(200_000, 1);
        await fixture.WriteAsync(file.Ino, 0, expected);
        fixture.Store.OnCommit = _ => Core.Stores.CommitStatus.NoSpace;
        fixture.Store.Delay = async () =>
        {
            fixture.Store.Delay = null;
            byte[] later = Pattern(50_000, 2);
            later.CopyTo(expected, 100_000);
            await fixture.WriteAsync(file.Ino, 100_000, later);
        };
        (await fixture.Volume.SyncAsync(Root, file.Ino, dataOnly: true)).ShouldBe(FsError.NoSpace);
        fixture.Store.OnCommit = null;
        await ShouldHoldAsync(fixture, file.Ino, expected);
        await fixture.FlushAsync(file.Ino);
        await fixture.KillAsync();
        await ShouldHoldAsync(fixture, file.Ino, expected);
        fixture.Memory.UnclaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task Fsync_makes_the_flushed_sequence_durable_and_small_writes_need_no_block()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(1 << 20, 1));
        (await fixture.Volume.SyncAsync(Root, file.Ino, dataOnly: true)).ShouldBe(FsError.None);
        fixture.Store.ResetCounts();
        await fixture.WriteAsync(file.Ino, 1 << 20, Pattern(4096, 2));
        (await fixture.Volume.SyncAsync(Root, file.Ino, dataOnly: true)).ShouldBe(FsError.None);
        (fixture.Store.BlockWrites, fixture.Store.Commits, fixture.Store.Durables).ShouldBe((0L, 1L, 1L));
        fixture.Memory.DurableSequence.ShouldBe(fixture.Memory.LastSequence);
        InodeAttributes other = await fixture.MakeAsync(RootIno, "g");
        (await fixture.Volume.SyncAsync(Root, RootIno, dataOnly: false)).ShouldBe(FsError.None);
        fixture.Memory.DurableSequence.ShouldBe(fixture.Memory.LastSequence);
        other.Ino.ShouldNotBe(file.Ino);
    }

    [Fact]
    public async Task Many_small_fsyncs_are_packed_into_blocks()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "log");
        List<byte> expected = [];
        for (int i = 0; i < 2000; i++)
        {
            byte[] record = Pattern(1000, i);
            await fixture.WriteAsync(file.Ino, expected.Count, record);
            expected.AddRange(record);
            (await fixture.Volume.SyncAsync(Root, file.Ino, dataOnly: true)).ShouldBe(FsError.None);
        }

        await ShouldHoldAsync(fixture, file.Ino, [.. expected]);
        await fixture.Volume.PackAsync();
        await fixture.ReopenAsync();
        await ShouldHoldAsync(fixture, file.Ino, [.. expected]);

        // Without packing every record would be an extent of its own.
        fixture.Memory.KeyCount.ShouldBeLessThan(1200);
        fixture.Memory.ClaimedBlocks.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Overwriting_keeps_garbage_within_its_ceiling()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "db");
        byte[] content = Pattern(4 << 20, 1);
        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);
        Random random = new(3);
        for (int round = 0; round < 60; round++)
        {
            for (int i = 0; i < 64; i++)
            {
                int at = random.Next(1023) * 4096;
                byte[] page = Pattern(4096, (round * 100) + i);
                page.CopyTo(content, at);
                await fixture.WriteAsync(file.Ino, at, page);
            }

            await fixture.FlushAsync(file.Ino);
        }

        await fixture.Volume.PackAsync();
        await fixture.ReopenAsync();
        await ShouldHoldAsync(fixture, file.Ino, content);
        long stored = fixture.Memory.GetClaimedBlocks().Sum(block => (long)block.Length);
        stored.ShouldBeLessThan(content.Length * 5L);
    }

    [Fact]
    public async Task Write_into_a_full_store_is_refused_at_once_and_nothing_acknowledged_is_lost()
    {
        VolumeFixture fixture = await NewAsync(memory: new MemoryVolumeStore(capacity: 24 << 20, reserve: 2 << 20));
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        byte[] piece = Pattern(128 << 10, 3);
        long accepted = 0;
        FsError error = FsError.None;
        while (error == FsError.None)
        {
            FsResult<int> written = await fixture.Volume.WriteAsync(Root, new FileSpan(file.Ino, 0, (ulong)accepted), piece, WriteFlags.None);
            error = written.Error;
            accepted += written.Ok ? written.Value : 0;
        }

        error.ShouldBe(FsError.NoSpace);
        accepted.ShouldBeGreaterThan(8 << 20);
        await fixture.FlushAsync(file.Ino);
        (await fixture.AttributesAsync(file.Ino)).Size.ShouldBe((ulong)accepted);
        fixture.Events.Failed.ShouldBeEmpty();
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        fixture.Volume.Forget(file.Ino);
        await fixture.Volume.CollectOrphansAsync();
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task Failed_write_back_is_reported_once_by_each_and_loses_nothing()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        ulong handle = (await fixture.Volume.OpenAsync(Root, file.Ino, OpenFlags.ReadWrite)).Value;
        byte[] content = Pattern(100_000, 1);
        await fixture.WriteAsync(file.Ino, 0, content, handle);
        fixture.Store.RefuseBlocks = true;
        await fixture.Volume.WriteBackAsync();
        fixture.Store.RefuseBlocks = false;
        fixture.Events.Failed.ShouldBe([FsError.NoSpace]);
        (await fixture.Volume.SyncAsync(Root, file.Ino, dataOnly: false)).ShouldBe(FsError.NoSpace);
        (await fixture.Volume.SyncAsync(Root, file.Ino, dataOnly: false)).ShouldBe(FsError.None);
        (await fixture.Volume.FlushAsync(Root, file.Ino, handle)).ShouldBe(FsError.NoSpace);
        (await fixture.Volume.FlushAsync(Root, file.Ino, handle)).ShouldBe(FsError.None);
        await fixture.KillAsync();
        await ShouldHoldAsync(fixture, file.Ino, content);
    }

    [Fact]
    public async Task Damaged_block_fails_the_read_names_the_file_and_nothing_else()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "dir");
        InodeAttributes file = await fixture.MakeAsync(directory.Ino, "f");
        foreach (int part in (int[])[0, 1, 2])
        {
            // Each flushed by itself: blocks of one flush are written in no order.
            await fixture.WriteAsync(file.Ino, part << 20, Pattern(3 << 20, 1).AsMemory(part << 20, 1 << 20));
            await fixture.FlushAsync(file.Ino);
        }

        fixture.Memory.Damage(fixture.Memory.GetClaimedBlocks()[1].Address);
        byte[] buffer = new byte[4096];
        (await fixture.Volume.ReadAsync(Root, new FileSpan(file.Ino, 0, 1 << 20), buffer)).Error.ShouldBe(FsError.IO);
        fixture.Events.Damaged.ShouldContain((file.Ino, "/dir/f"));
        (await fixture.ReadAsync(file.Ino, 0, 4096)).ShouldBe(Pattern(3 << 20, 1)[..4096]);
        (await fixture.ReadAsync(file.Ino, 2 << 20, 4096)).Length.ShouldBe(4096);
    }

    [Fact]
    public async Task Times_set_after_writing_stay()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(10_000, 1));
        Timestamp past = new(1_000_000_000, 123_456_789);
        AttributeChanges times = new() { Mask = AttributeMask.ModifyTime | AttributeMask.AccessTime, ModifyTime = past, AccessTime = new(-5, 7) };
        await fixture.Volume.SetAttributesAsync(Root, file.Ino, times);
        await fixture.FlushAsync(file.Ino);
        await fixture.KillAsync();
        InodeAttributes after = await fixture.AttributesAsync(file.Ino);
        (after.ModifyTime, after.AccessTime, after.Size).ShouldBe((past, new Timestamp(-5, 7), 10_000UL));
    }

    [Fact]
    public async Task Truncation_that_a_kill_interrupts_is_finished_by_the_next_open()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");

        // More extents than one batch can delete.
        for (int i = 0; i < 9000; i++)
        {
            await fixture.WriteAsync(file.Ino, i * 8192L, new byte[] { 1, 2, 3 });
        }

        await fixture.FlushAsync(file.Ino);
        int commits = 0;
        fixture.Store.OnCommit = _ => ++commits == 2 ? throw new IOException("cut here") : Core.Stores.CommitStatus.Committed;
        AttributeChanges toTen = new() { Mask = AttributeMask.Size, Size = 10 };
        await Should.ThrowAsync<IOException>(async () => await fixture.Volume.SetAttributesAsync(Root, file.Ino, toTen));
        await fixture.KillAsync();
        (await fixture.AttributesAsync(file.Ino)).Size.ShouldBe(10UL);
        await fixture.SetSizeAsync(file.Ino, 9000L * 8192);
        (await fixture.ReadAsync(file.Ino, 8192, 9000 * 8192)).AsSpan().IndexOfAnyExcept((byte)0).ShouldBe(-1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_open_file_without_a_name_whose_truncation_stopped_half_way_leaves_nothing(bool kill)
    {
        VolumeFixture fixture = await NewAsync();
        OpenedFile file = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Create)).Value;
        ulong ino = file.Attributes.Ino;
        for (int i = 0; i < 9000; i++)
        {
            await fixture.WriteAsync(ino, i * 8192L, new byte[] { 1, 2, 3 }, file.Handle);
        }

        await fixture.FlushAsync(ino);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        int commits = 0;
        fixture.Store.OnCommit = _ => ++commits == 2 ? throw new IOException("cut here") : Core.Stores.CommitStatus.Committed;
        AttributeChanges toTen = new() { Mask = AttributeMask.Size, Size = 10 };
        await Should.ThrowAsync<IOException>(async () => await fixture.Volume.SetAttributesAsync(Root, ino, toTen));
        fixture.Store.OnCommit = null;
        if (kill)
        {
            await fixture.KillAsync();
        }
        else
        {
            await fixture.Volume.ReleaseAsync(ino, file.Handle);
            fixture.Volume.Forget(ino);
        }

        await fixture.Volume.CollectOrphansAsync();
        await fixture.Volume.CloseAsync();

        fixture.Memory.GetEntries().Select(entry => Convert.ToHexString(entry.Key)).ShouldBe(["01", "100000000000000001"]);
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task Unlinked_open_file_is_collected_after_a_kill()
    {
        VolumeFixture fixture = await NewAsync();
        OpenedFile file = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Create)).Value;
        await fixture.WriteAsync(file.Attributes.Ino, 0, Pattern(3_000_000, 1), file.Handle);
        await fixture.FlushAsync(file.Attributes.Ino);
        await fixture.Volume.SetXattrAsync(Root, file.Attributes.Ino, Name("user.a"), Pattern(9000, 1), XattrFlags.None);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        await fixture.KillAsync();
        await fixture.Volume.CollectOrphansAsync();
        await fixture.Volume.CloseAsync();
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
        fixture.Memory.KeyCount.ShouldBe(2);
    }

    private static async Task ShouldHoldAsync(VolumeFixture fixture, ulong ino, byte[] expected)
    {
        byte[] actual = await fixture.ReadAsync(ino, 0, expected.Length + 100);
        actual.AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }
}
