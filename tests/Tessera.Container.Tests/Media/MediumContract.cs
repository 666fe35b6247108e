using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>What <see cref="IMedium"/> promises, asked of every implementation.</summary>
public abstract class MediumContract : IDisposable
{
    private const int Page = 4096;
    private const int InitialLength = 4 * 1024 * 1024;

    private IMedium? opened;

    public static TheoryData<WriteMode> Modes => [WriteMode.Cached, WriteMode.Direct, WriteMode.Durable];

    private IMedium Medium => opened ??= CreateMedium(InitialLength);

    /// <summary>A new medium that reads as anything.</summary>
    protected abstract IMedium CreateMedium(long length);

    /// <summary>The same bytes, opened again after <paramref name="medium"/> was disposed.</summary>
    protected abstract IMedium Reopen(bool readOnly);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Length_of_a_new_medium_is_what_was_asked_for() => Medium.Length.ShouldBe(InitialLength);

    [Fact]
    public void Alignment_is_a_power_of_two_between_a_sector_and_a_page()
    {
        int alignment = Medium.Alignment;
        alignment.ShouldBeInRange(512, Page);
        (alignment & (alignment - 1)).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Write_in_any_mode_is_read_back(WriteMode mode)
    {
        byte[] data = Noise(7, 3 * Page);
        Medium.Write(5 * Page, data, mode);
        ReadBack(5 * Page, data.Length).ShouldBe(data);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Write_changes_nothing_beside_it(WriteMode mode)
    {
        byte[] around = Noise(1, 5 * Page);
        Medium.Write(0, around, WriteMode.Cached);
        byte[] data = Noise(2, Page);
        Medium.Write(2 * Page, data, mode);
        data.CopyTo(around, 2 * Page);
        ReadBack(0, around.Length).ShouldBe(around);
    }

    [Fact]
    public void Cached_write_over_a_direct_one_wins_and_the_other_way_round()
    {
        byte[] first = Noise(1, Page);
        byte[] second = Noise(2, Page);
        byte[] third = Noise(3, Page);
        Medium.Write(Page, first, WriteMode.Direct);
        Medium.Write(Page, second, WriteMode.Cached);
        ReadBack(Page, Page).ShouldBe(second);
        Medium.Write(Page, third, WriteMode.Direct);
        ReadBack(Page, Page).ShouldBe(third);
    }

    [Fact]
    public void Sectors_of_one_page_are_written_alone()
    {
        byte[] page = Noise(1, Page);
        Medium.Write(0, page, WriteMode.Direct);
        byte[] sector = Noise(2, 512);
        Medium.Write(512, sector, WriteMode.Cached);
        byte[] next = Noise(3, 512);
        Medium.Write(1024, next, WriteMode.Durable);
        sector.CopyTo(page, 512);
        next.CopyTo(page, 1024);
        ReadBack(0, Page).ShouldBe(page);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 5000)]
    [InlineData(512, 512)]
    [InlineData(4095, 2)]
    public void Read_of_any_range_gives_those_bytes(int offset, int count)
    {
        byte[] data = Noise(9, 4 * Page);
        Medium.Write(0, data, WriteMode.Direct);
        ReadBack(offset, count).ShouldBe(data[offset..(offset + count)]);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Memory_may_lie_anywhere(WriteMode mode)
    {
        // Larger than any buffer a medium bounces through, and at an odd address.
        const int Count = 1024 * 1024 + Page;
        byte[] memory = Noise(3, Count + 1);
        Medium.Write(Page, memory.AsSpan(1), mode);
        byte[] read = new byte[Count + 1];
        Medium.Read(Page, read.AsSpan(1));
        read[1..].ShouldBe(memory[1..]);
    }

    [Fact]
    public void Aligned_memory_is_read_and_written()
    {
        var buffer = new AlignedBuffer(8 * Page);
        Noise(4, buffer.Length).CopyTo(buffer.Span);
        Medium.Write(8 * Page, buffer.Span, WriteMode.Direct);
        var read = new AlignedBuffer(8 * Page);
        Medium.Read(8 * Page, read.Span);
        read.Span.SequenceEqual(buffer.Span).ShouldBeTrue();
    }

    [Theory]
    [InlineData(WriteMode.Cached, 1, 512)]
    [InlineData(WriteMode.Cached, 0, 100)]
    [InlineData(WriteMode.Durable, 256, 512)]
    [InlineData(WriteMode.Direct, 100, 4096)]
    [InlineData(WriteMode.Direct, 0, 300)]
    public void Misaligned_write_is_a_mistake_of_the_caller(WriteMode mode, int offset, int count) =>
        Should.Throw<ArgumentException>(() => Medium.Write(offset, new byte[count], mode));

    /// <summary>More than any medium takes at a time, in no order, some twice.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(201)]
    public void Read_of_pieces_that_lie_apart_gives_each_in_its_place(int count)
    {
        byte[] data = Noise(11, InitialLength);
        Medium.Write(0, data, WriteMode.Cached);
        var random = new Random(count);
        long[] offsets = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(InitialLength / Page) * Page)];
        byte[] expected = [.. offsets.SelectMany(offset => data[(int)offset..(int)(offset + Page)])];
        var aligned = new AlignedBuffer((count + 1) * Page);
        byte[] anywhere = new byte[count * Page];

        Medium.ReadEach(offsets, aligned.Span[..(count * Page)]);
        Medium.ReadEach(offsets, anywhere);

        aligned.Span[..(count * Page)].SequenceEqual(expected).ShouldBeTrue();
        anywhere.SequenceEqual(expected).ShouldBeTrue();
    }

    /// <summary>More than any medium takes at a time, in no order.</summary>
    [Theory]
    [InlineData(0, WriteMode.Direct)]
    [InlineData(1, WriteMode.Direct)]
    [InlineData(64, WriteMode.Direct)]
    [InlineData(130, WriteMode.Direct)]
    [InlineData(3, WriteMode.Cached)]
    [InlineData(3, WriteMode.Durable)]
    public void Write_of_pieces_to_places_apart_puts_each_in_its_place(int count, WriteMode mode)
    {
        byte[] before = Noise(21, InitialLength);
        byte[] pieces = Noise(22, count * Page);
        long[] offsets = [.. Enumerable.Range(0, InitialLength / Page).Select(page => (long)page * Page)];
        new Random(count).Shuffle(offsets);
        offsets = offsets[..count];
        byte[] expected = [.. before];
        for (int i = 0; i < count; i++)
        {
            pieces.AsSpan(i * Page, Page).CopyTo(expected.AsSpan((int)offsets[i]));
        }

        var aligned = new AlignedBuffer((count + 1) * Page);
        pieces.CopyTo(aligned.Span);

        byte[] found = new byte[InitialLength];
        Medium.Write(0, before, WriteMode.Cached);
        Medium.WriteEach(offsets, aligned.Span[..(count * Page)], mode);
        Medium.Read(0, found);
        found.SequenceEqual(expected).ShouldBeTrue();
        Medium.Write(0, before, WriteMode.Cached);
        Medium.WriteEach(offsets, pieces, mode);
        Medium.Read(0, found);
        found.SequenceEqual(expected).ShouldBeTrue();
    }

    [Fact]
    public void Write_of_pieces_of_which_one_is_beyond_the_end_is_truncated() =>
        FaultOf(() => Medium.WriteEach([0, InitialLength, Page], new AlignedBuffer(3 * Page).Span, WriteMode.Direct)).ShouldBe(MediumFault.Truncated);

    [Fact]
    public void Read_of_pieces_of_which_one_is_beyond_the_end_is_truncated() =>
        FaultOf(() => Medium.ReadEach([0, InitialLength, Page], new AlignedBuffer(3 * Page).Span)).ShouldBe(MediumFault.Truncated);

    [Fact]
    public void Read_beyond_the_end_is_truncated()
    {
        FaultOf(() => Medium.Read(InitialLength - 512, new byte[1024])).ShouldBe(MediumFault.Truncated);
        FaultOf(() => Medium.Read(long.MaxValue - 4095, new byte[Page])).ShouldBe(MediumFault.Truncated);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Write_beyond_the_end_is_truncated_and_the_length_stays(WriteMode mode)
    {
        FaultOf(() => Medium.Write(InitialLength, new byte[Page], mode)).ShouldBe(MediumFault.Truncated);
        Medium.Length.ShouldBe(InitialLength);
    }

    [Fact]
    public void Read_and_write_of_nothing_at_the_end_do_nothing()
    {
        Medium.Write(InitialLength, [], WriteMode.Direct);
        Medium.Read(InitialLength, []);
    }

    [Fact]
    public void Grow_keeps_the_bytes_and_opens_new_ones()
    {
        byte[] data = Noise(1, Page);
        Medium.Write(InitialLength - Page, data, WriteMode.Direct);
        Medium.Grow(InitialLength + (16 * Page));
        Medium.Length.ShouldBe(InitialLength + (16 * Page));
        ReadBack(InitialLength - Page, Page).ShouldBe(data);
        Medium.Write(InitialLength + (15 * Page), data, WriteMode.Durable);
        ReadBack(InitialLength + (15 * Page), Page).ShouldBe(data);
    }

    [Fact]
    public void Grow_to_the_same_length_does_nothing()
    {
        Medium.Grow(InitialLength);
        Medium.Length.ShouldBe(InitialLength);
    }

    [Theory]
    [InlineData(InitialLength - Page)]
    [InlineData(InitialLength + 512)]
    public void Grow_to_less_or_to_part_of_a_page_is_a_mistake_of_the_caller(long length)
    {
        Should.Throw<ArgumentException>(() => Medium.Grow(length));
        Medium.Length.ShouldBe(InitialLength);
    }

    [Fact]
    public void Punch_leaves_the_neighbours_alone_and_the_range_writable()
    {
        byte[] data = Noise(1, 64 * Page);
        Medium.Write(0, data, WriteMode.Direct);
        Medium.Punch(16 * Page, 32 * Page);
        ReadBack(0, 16 * Page).ShouldBe(data[..(16 * Page)]);
        ReadBack(48 * Page, 16 * Page).ShouldBe(data[(48 * Page)..]);
        Medium.Write(20 * Page, data.AsSpan(0, Page), WriteMode.Cached);
        ReadBack(20 * Page, Page).ShouldBe(data[..Page]);
        Medium.Length.ShouldBe(InitialLength);
    }

    [Fact]
    public void Punch_beyond_the_end_is_truncated() => FaultOf(() => Medium.Punch(InitialLength - Page, 2 * Page)).ShouldBe(MediumFault.Truncated);

    [Fact]
    public void Host_free_bytes_are_not_negative() => Medium.HostFreeBytes.ShouldBeGreaterThanOrEqualTo(0);

    [Fact]
    public void Bytes_survive_closing_without_a_flush()
    {
        byte[] data = Noise(5, 2 * Page);
        Medium.Write(0, data, WriteMode.Cached);
        Medium.Dispose();
        opened = Reopen(readOnly: false);
        ReadBack(0, data.Length).ShouldBe(data);
    }

    [Fact]
    public void Read_only_medium_reads_and_refuses_every_change()
    {
        byte[] data = Noise(6, Page);
        Medium.Write(0, data, WriteMode.Cached);
        Medium.Flush();
        Medium.Dispose();
        opened = Reopen(readOnly: true);
        opened.IsReadOnly.ShouldBeTrue();
        ReadBack(0, Page).ShouldBe(data);
        FaultOf(() => Medium.Write(0, data, WriteMode.Cached)).ShouldBe(MediumFault.ReadOnly);
        FaultOf(() => Medium.Grow(2 * InitialLength)).ShouldBe(MediumFault.ReadOnly);
        FaultOf(() => Medium.Punch(0, Page)).ShouldBe(MediumFault.ReadOnly);
        Medium.Flush();
    }

    [Fact]
    public void Second_writer_is_refused_while_the_first_is_open()
    {
        Medium.Length.ShouldBe(InitialLength);
        FaultOf(() => Reopen(readOnly: false).Dispose()).ShouldBe(MediumFault.InUse);
        FaultOf(() => Reopen(readOnly: true).Dispose()).ShouldBe(MediumFault.InUse);
        Medium.Dispose();
        opened = Reopen(readOnly: false);
    }

    [Fact]
    public void Disposed_medium_refuses_to_work()
    {
        Medium.Dispose();
        Medium.Dispose();
        Should.Throw<ObjectDisposedException>(() => Medium.Read(0, new byte[Page]));
        Should.Throw<ObjectDisposedException>(() => Medium.Write(0, new byte[Page], WriteMode.Cached));
    }

    [Fact]
    public void Calls_from_many_threads_do_not_disturb_each_other()
    {
        const int Threads = 4;
        const int Rounds = 64;
        Medium.Length.ShouldBe(InitialLength);
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                byte[] data = Noise((thread * Rounds) + round, Page);
                long offset = ((thread * Rounds) + round) * (long)Page;
                Medium.Write(offset, data, (WriteMode)(round % 3));
                ReadBack(offset, Page).ShouldBe(data);
            }

            Medium.Flush();
        });
    }

    protected static MediumFault FaultOf(Action action) => Should.Throw<MediumException>(action).Fault;

    protected static byte[] Noise(int seed, int count)
    {
        byte[] noise = new byte[count];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    protected virtual void Dispose(bool disposing) => opened?.Dispose();

    private byte[] ReadBack(long offset, int count)
    {
        byte[] read = new byte[count];
        Medium.Read(offset, read);
        return read;
    }
}
