using System.Buffers.Binary;
using System.Text;
using Tessera.Core.Stores;
using Tessera.Testing.Models;
using Tessera.Testing.Stores;
using Tessera.Volumes.Accesses;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Repairing;

namespace Tessera.Volumes.Tests.Accesses;

/// <summary>An access log can be read back as it was written, is bounded, and whatever is done to it in the store is told.</summary>
public sealed class AccessLogTests
{
    private const byte Tag = 0x80;

    [Fact]
    public async Task Records_are_read_back_over_several_openings_and_pages()
    {
        MemoryVolumeStore store = await NewStoreAsync();
        AccessLogWriter writer = await OpenAsync(store);
        writer.Head.NextRecord.ShouldBe(1UL);
        for (int i = 0; i < 20; i++)
        {
            await AppendAsync(writer, Lines(i, 60_000));
        }

        writer = await OpenAsync(store, epoch: 2);
        writer.Head.IsOpen.ShouldBeTrue();
        await AppendAsync(writer, "the end\n", last: true);
        writer.Head.IsOpen.ShouldBeFalse();

        (string text, List<string> problems) = await ReadAsync(store);

        problems.ShouldBeEmpty();
        text.ShouldBe(string.Concat(Enumerable.Range(0, 20).Select(i => Lines(i, 60_000))) + "the end\n");
        (await VolumeChecker.CheckAsync(store, CancellationToken.None)).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_log_is_bounded_by_dropping_its_oldest_segments_and_can_be_followed_from_there()
    {
        MemoryVolumeStore store = await NewStoreAsync();
        AccessLogWriter writer = await OpenAsync(store, AccessLogLimits.MinBytes);
        for (int i = 0; i < 300; i++)
        {
            await AppendAsync(writer, Lines(i, 10_000));
            writer.Head.Bytes.ShouldBeLessThanOrEqualTo(AccessLogLimits.MinBytes);
        }

        (string text, List<string> problems) = await ReadAsync(store);

        problems.ShouldBeEmpty();
        writer.Head.FirstRecord.ShouldBeGreaterThan(1UL);
        text.ShouldEndWith(Lines(299, 10_000));
        text.Length.ShouldBeInRange((int)AccessLogLimits.MinBytes - 40_000, (int)AccessLogLimits.MinBytes);
        (await VolumeChecker.CheckAsync(store, CancellationToken.None)).Findings.ShouldBeEmpty();
    }

    public static TheoryData<string> Tamperings => ["change", "change the last", "remove", "remove the last", "remove a piece", "exchange", "cut off the beginning", "repeat", "the head's numbers", "remove the head", "lie about length"];

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task What_is_done_to_records_is_told_and_a_repair_brings_the_log_in_order(string how)
    {
        MemoryVolumeStore store = await NewStoreAsync();
        AccessLogWriter writer = await OpenAsync(store);
        for (int i = 0; i < 6; i++)
        {
            await AppendAsync(writer, Lines(i, 9_000));
        }

        await TamperAsync(store, how);

        (await ReadAsync(store)).Problems.ShouldNotBeEmpty();
        (await VolumeChecker.CheckAsync(store, CancellationToken.None)).Findings.Select(finding => finding.Code).ShouldContain("access-log-broken");

        VolumeRepairReport repair = await VolumeRepair.RunAsync(store, [], new SteppingClock(), () => { }, CancellationToken.None);

        repair.Losses.ShouldHaveSingleItem().Code.ShouldBe("access-log-cut");
        (await VolumeChecker.CheckAsync(store, CancellationToken.None)).Findings.ShouldBeEmpty();
        writer = await OpenAsync(store, epoch: 2);
        await AppendAsync(writer, "gone on\n");
        (string text, List<string> problems) = await ReadAsync(store);
        problems.ShouldBeEmpty();
        text.ShouldEndWith("gone on\n");
    }

    /// <summary>Who has the key and writes everything anew contradicts nothing but what was noted elsewhere.</summary>
    [Fact]
    public async Task A_log_that_was_written_anew_is_told_from_the_one_that_was_noted()
    {
        MemoryVolumeStore store = await NewStoreAsync();
        AccessLogWriter writer = await OpenAsync(store);
        await AppendAsync(writer, "one\n");
        await AppendAsync(writer, "two\n");
        (ulong, ReadOnlyMemory<byte>) noted = (writer.Head.NextRecord - 1, writer.Head.Last);
        await AppendAsync(writer, "three\n");
        (await ReadAsync(store, noted)).Problems.ShouldBeEmpty();

        MemoryVolumeStore other = await NewStoreAsync();
        writer = await OpenAsync(other);
        foreach (string line in (string[])["one\n", "TWO\n", "three\n"])
        {
            await AppendAsync(writer, line);
        }

        (await ReadAsync(other)).Problems.ShouldBeEmpty();
        (await ReadAsync(other, noted)).Problems.ShouldHaveSingleItem().ShouldContain("up to record 2");
    }

    [Fact]
    public async Task What_was_noted_and_then_dropped_cannot_be_vouched_for()
    {
        MemoryVolumeStore store = await NewStoreAsync();
        AccessLogWriter writer = await OpenAsync(store, AccessLogLimits.MinBytes);
        await AppendAsync(writer, "one\n");
        (ulong, ReadOnlyMemory<byte>) noted = (1, writer.Head.Last);
        for (int i = 0; i < 40; i++)
        {
            await AppendAsync(writer, Lines(i, 60_000));
        }

        (await ReadAsync(store, noted)).Problems.ShouldHaveSingleItem().ShouldContain("older than what is kept");
    }

    [Fact]
    public async Task A_full_store_keeps_the_log_as_it_was()
    {
        MemoryVolumeStore store = await NewStoreAsync(capacity: 40_000);
        AccessLogWriter writer = await OpenAsync(store);
        await AppendAsync(writer, Lines(0, 20_000));
        AccessLogHead before = writer.Head;

        (await writer.AppendAsync(Encoding.UTF8.GetBytes(Lines(1, 30_000)), 30, last: false)).Status.ShouldBe(CommitStatus.NoSpace);

        writer.Head.ShouldBe(before);
        (await ReadAsync(store)).Problems.ShouldBeEmpty();
        await AppendAsync(writer, "little\n");
        (await ReadAsync(store)).Text.ShouldBe(Lines(0, 20_000) + "little\n");
    }

    private static async Task<MemoryVolumeStore> NewStoreAsync(ulong capacity = 1UL << 40)
    {
        var store = new MemoryVolumeStore(capacity, reserve: 1000);
        await Volume.FormatAsync(store, new SteppingClock(), VolumeFixture.Root);
        return store;
    }

    private static ValueTask<AccessLogWriter> OpenAsync(MemoryVolumeStore store, long maxBytes = AccessLogLimits.DefaultBytes, ulong epoch = 1) =>
        AccessLogWriter.OpenAsync(store, maxBytes, epoch);

    /// <summary>Lines of 1,000 bytes.</summary>
    private static string Lines(int seed, int bytes) => string.Concat(Enumerable.Range(0, bytes / 1000).Select(i => $"{seed}-{i}-".PadRight(999, 'x') + '\n'));

    private static async Task AppendAsync(AccessLogWriter writer, string lines, bool last = false) =>
        (await writer.AppendAsync(Encoding.UTF8.GetBytes(lines), lines.Count(letter => letter == '\n'), last)).Status.ShouldBe(CommitStatus.Committed);

    private static async Task<(string Text, List<string> Problems)> ReadAsync(MemoryVolumeStore store, (ulong, ReadOnlyMemory<byte>)? noted = null)
    {
        var reader = new AccessLogReader(store);
        AccessLogHead? head = await reader.ReadHeadAsync();
        List<string> problems = head is null ? ["no head"] : [];
        var text = new StringBuilder();
        var verifier = new AccessLogVerifier(head ?? AccessLogHead.Empty) { Noted = noted };
        for (ulong? from = 0; from is { } next;)
        {
            from = await reader.ReadPageAsync(next, Take);
        }

        if (verifier.Finish() is { } end)
        {
            problems.Add(end);
        }

        return (text.ToString(), problems);

        void Take(ulong number, ReadOnlySpan<byte> segment)
        {
            if (verifier.Check(number, segment, out ReadOnlySpan<byte> lines) is { } problem)
            {
                problems.Add(problem);
            }

            text.Append(Encoding.UTF8.GetString(lines));
        }
    }

    private static async Task TamperAsync(MemoryVolumeStore store, string how)
    {
        StoreBatch batch = new();
        switch (how)
        {
            case "change":
                await ChangeAsync(store, batch, 2, piece => piece[200] ^= 1);
                break;
            case "change the last":
                await ChangeAsync(store, batch, 5, piece => piece[200] ^= 1);
                break;
            case "lie about length":
                await ChangeAsync(store, batch, 2, piece => BinaryPrimitives.WriteInt32LittleEndian(piece.AsSpan(4), 5000));
                break;
            case "remove":
                Remove(batch, 2);
                break;
            case "remove the last":
                Remove(batch, 5);
                break;
            case "cut off the beginning":
                Remove(batch, 0);
                break;
            case "remove a piece":
                batch.Delete(Key(2, 1));
                break;
            case "remove the head":
                batch.Delete([Tag]);
                break;
            case "the head's numbers":
                await ChangeHeadAsync(store, batch, head => head with { NextRecord = head.NextRecord + 1 });
                break;
            case "exchange":
                await CopyAsync(store, batch, 2, 3);
                await CopyAsync(store, batch, 3, 2);
                break;
            default:
                await CopyAsync(store, batch, 5, 6);
                break;
        }

        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
    }

    private static async Task ChangeAsync(MemoryVolumeStore store, StoreBatch batch, ulong segment, Action<byte[]> change)
    {
        byte[] piece = await GetAsync(store, Key(segment, 0));
        change(piece);
        batch.Put(Key(segment, 0), piece);
    }

    private static async Task ChangeHeadAsync(MemoryVolumeStore store, StoreBatch batch, Func<AccessLogHead, AccessLogHead> change)
    {
        byte[] value = await GetAsync(store, [Tag]);
        change(AccessLogHead.Decode(value)).Encode(value);
        batch.Put([Tag], value);
    }

    private static async Task CopyAsync(MemoryVolumeStore store, StoreBatch batch, ulong from, ulong to)
    {
        for (int index = 0; index < 3; index++)
        {
            byte[] piece = await GetAsync(store, Key(from, index));
            batch.Put(Key(to, index), piece);
        }
    }

    private static void Remove(StoreBatch batch, ulong segment)
    {
        for (int index = 0; index < 3; index++)
        {
            batch.Delete(Key(segment, index));
        }
    }

    private static async Task<byte[]> GetAsync(MemoryVolumeStore store, byte[] key)
    {
        byte[] value = new byte[StoreLimits.MaxValue];
        StoreEntry entry = await store.GetAsync(key, value);
        entry.Found.ShouldBeTrue();
        return value[..entry.Length];
    }

    private static byte[] Key(ulong segment, int index)
    {
        byte[] key = new byte[10];
        key[0] = Tag;
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(1), segment);
        key[9] = (byte)index;
        return key;
    }
}
