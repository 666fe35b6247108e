using System.Buffers.Binary;
using Shouldly;
using Tessera.Core.Stores;
using Xunit;

namespace Tessera.Testing.Stores;

/// <summary>What every <see cref="IVolumeStore"/> owes its callers. A store's test class derives from it and opens a new, empty store for
/// each test.</summary>
public abstract partial class VolumeStoreContract
{
    /// <summary>A new, empty store with room for at least 64 MiB.</summary>
    protected abstract ValueTask<IVolumeStore> OpenAsync();

    [Fact]
    public async Task Get_of_an_absent_key_is_not_found()
    {
        await using IVolumeStore store = await OpenAsync();
        (await store.GetAsync(Bytes("no"), new byte[8])).ShouldBe(default);
    }

    [Fact]
    public async Task Put_is_seen_by_get_with_its_version()
    {
        await using IVolumeStore store = await OpenAsync();
        CommitResult first = await PutAsync(store, "key", "value");
        CommitResult second = await PutAsync(store, "other", "x");

        byte[] value = new byte[16];
        StoreEntry entry = await store.GetAsync(Bytes("key"), value);

        entry.ShouldBe(new StoreEntry(true, 5, first.Sequence));
        value.AsSpan(0, 5).SequenceEqual(Bytes("value")).ShouldBeTrue();
        second.Sequence.ShouldBeGreaterThan(first.Sequence);
    }

    [Fact]
    public async Task Get_into_a_short_buffer_copies_nothing_and_tells_the_length()
    {
        await using IVolumeStore store = await OpenAsync();
        await PutAsync(store, "key", "value");
        byte[] value = [9, 9];
        (await store.GetAsync(Bytes("key"), value)).Length.ShouldBe(5);
        value.ShouldBe(new byte[] { 9, 9 });
    }

    [Fact]
    public async Task Longest_key_and_value_and_the_empty_value_are_kept()
    {
        await using IVolumeStore store = await OpenAsync();
        byte[] key = Pattern(StoreLimits.MaxKey, 1);
        byte[] value = Pattern(StoreLimits.MaxValue, 2);
        StoreBatch batch = new();
        batch.Put(key, value);
        batch.Put(Bytes("empty"), default);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);

        byte[] read = new byte[StoreLimits.MaxValue];
        (await store.GetAsync(key, read)).Length.ShouldBe(value.Length);
        read.ShouldBe(value);
        (await store.GetAsync(Bytes("empty"), default)).ShouldBe((await store.GetAsync(Bytes("empty"), read)) with { Found = true, Length = 0 });
    }

    [Fact]
    public async Task Delete_removes_and_deleting_nothing_is_fine()
    {
        await using IVolumeStore store = await OpenAsync();
        await PutAsync(store, "key", "value");
        StoreBatch batch = new();
        batch.Delete(Bytes("key"));
        batch.Delete(Bytes("never"));
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        (await store.GetAsync(Bytes("key"), default)).Found.ShouldBeFalse();
    }

    [Fact]
    public async Task Within_a_batch_the_last_put_or_delete_of_a_key_wins()
    {
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        batch.Put(Bytes("a"), Bytes("1"));
        batch.Put(Bytes("a"), Bytes("2"));
        batch.Put(Bytes("b"), Bytes("1"));
        batch.Delete(Bytes("b"));
        batch.Delete(Bytes("c"));
        batch.Put(Bytes("c"), Bytes("3"));
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        (await TextAsync(store, "a")).ShouldBe("2");
        (await TextAsync(store, "b")).ShouldBeNull();
        (await TextAsync(store, "c")).ShouldBe("3");
    }

    [Fact]
    public async Task Failed_check_changes_nothing()
    {
        await using IVolumeStore store = await OpenAsync();
        CommitResult put = await PutAsync(store, "dir/a", "1");
        await ShouldFailAsync(store, batch => batch.CheckAbsent(Bytes("dir/a")));
        await ShouldFailAsync(store, batch => batch.CheckVersion(Bytes("dir/a"), put.Sequence + 1));
        await ShouldFailAsync(store, batch => batch.CheckVersion(Bytes("none"), 1));
        await ShouldFailAsync(store, batch => batch.CheckPrefixEmpty(Bytes("dir/")));
        await ShouldFailAsync(store, batch => batch.CheckPrefixEmpty(Bytes("dir/a")));
        await ShouldFailAsync(store, batch => batch.Add(Bytes("none"), 0, 1));
        await ShouldFailAsync(store, batch => batch.Max(Bytes("none"), 0, 1));
    }

    [Fact]
    public async Task Checks_that_hold_let_the_batch_through_and_see_the_state_before_it()
    {
        await using IVolumeStore store = await OpenAsync();
        CommitResult put = await PutAsync(store, "dir/a", "1");
        StoreBatch batch = new();
        batch.CheckVersion(Bytes("dir/a"), put.Sequence);
        batch.CheckVersion(Bytes("dir/b"), 0);
        batch.CheckAbsent(Bytes("dir/b"));
        batch.CheckPrefixEmpty(Bytes("dir/b"));
        batch.CheckPrefixEmpty(Bytes("dis"));
        batch.Put(Bytes("dir/b"), Bytes("2"));
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        (await TextAsync(store, "dir/b")).ShouldBe("2");
    }

    [Fact]
    public async Task Prefix_that_ends_in_ff_is_checked()
    {
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        batch.Put([0xFF, 0xFF, 1], Bytes("x"));
        await store.CommitAsync(batch);
        await ShouldFailAsync(store, failing => failing.CheckPrefixEmpty([0xFF, 0xFF]));
        await ShouldFailAsync(store, failing => failing.CheckPrefixEmpty([0xFF]));
    }

    [Fact]
    public async Task Adds_and_maxima_apply_after_puts_and_raise_the_version()
    {
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        batch.Add(Bytes("n"), 8, 5);
        batch.Put(Bytes("n"), new byte[24]);
        batch.Add(Bytes("n"), 8, -7);
        batch.Max(Bytes("n"), 16, 40);
        batch.Max(Bytes("n"), 16, 30);
        await store.CommitAsync(batch);
        CommitResult second = await AddAsync(store, "n", 0, long.MaxValue);
        batch.Reset();
        batch.Max(Bytes("n"), 0, -1);
        CommitResult third = await store.CommitAsync(batch);

        byte[] value = new byte[24];
        (await store.GetAsync(Bytes("n"), value)).Version.ShouldBe(third.Sequence);
        third.Sequence.ShouldBeGreaterThan(second.Sequence);
        BinaryPrimitives.ReadInt64LittleEndian(value).ShouldBe(long.MaxValue);
        BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(8)).ShouldBe(-2);
        BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(16)).ShouldBe(40);
    }

    [Fact]
    public async Task A_batch_of_very_many_adds_is_applied()
    {
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        for (int i = 0; i < 2000; i++)
        {
            batch.Put(Bytes($"counter{i}"), new byte[16]);
        }

        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        batch.Reset();
        for (int i = 0; i < 2000; i++)
        {
            batch.Add(Bytes($"counter{i}"), 8, i);
        }

        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        byte[] value = new byte[16];
        await store.GetAsync(Bytes("counter1999"), value);
        BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(8)).ShouldBe(1999);
    }

    [Fact]
    public async Task Parallel_adds_all_count_and_never_fail_each_other()
    {
        const int Writers = 8;
        const int Each = 200;
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        batch.Put(Bytes("n"), new byte[8]);
        await store.CommitAsync(batch);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                (await AddAsync(store, "n", 0, 1)).Status.ShouldBe(CommitStatus.Committed);
            }
        })));

        byte[] value = new byte[8];
        await store.GetAsync(Bytes("n"), value);
        BinaryPrimitives.ReadInt64LittleEndian(value).ShouldBe(Writers * Each);
    }

    [Fact]
    public async Task Of_parallel_batches_that_want_one_key_absent_one_wins()
    {
        await using IVolumeStore store = await OpenAsync();
        CommitResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            StoreBatch batch = new();
            batch.CheckAbsent(Bytes("name"));
            batch.Put(Bytes("name"), [(byte)i]);
            return await store.CommitAsync(batch);
        })));
        results.Count(result => result.Status == CommitStatus.Committed).ShouldBe(1);
        results.Count(result => result.Status == CommitStatus.CheckFailed).ShouldBe(7);
    }

    [Fact]
    public async Task Scan_gives_the_range_in_order_page_by_page()
    {
        await using IVolumeStore store = await OpenAsync();
        Random random = new(1);
        SortedDictionary<string, string> expected = new(StringComparer.Ordinal);
        StoreBatch batch = new();
        for (int i = 0; i < 2000; i++)
        {
            string key = $"k{random.Next(100_000):D6}";
            expected[key] = new string('v', random.Next(20));
            batch.Put(Bytes(key), Bytes(expected[key]));
        }

        await store.CommitAsync(batch);
        List<string> seen = [];
        ScanPage page = new(0, maxEntries: 7);
        byte[] from = Bytes("k02");
        do
        {
            await store.ScanAsync(from, Bytes("k07"), page);
            foreach (ScanPage.Entry entry in page)
            {
                string key = System.Text.Encoding.ASCII.GetString(entry.Key);
                expected[key].ShouldBe(System.Text.Encoding.ASCII.GetString(entry.Value));
                entry.Version.ShouldBeGreaterThan(0UL);
                seen.Add(key);
            }

            from = [.. page.LastKey, 0];
        }
        while (!page.Complete);

        seen.ShouldBe(expected.Keys.Where(key => string.CompareOrdinal(key, "k02") >= 0 && string.CompareOrdinal(key, "k07") < 0));
    }

    [Fact]
    public async Task Scan_of_an_empty_range_is_complete_and_includes_from_but_not_to()
    {
        await using IVolumeStore store = await OpenAsync();
        await PutAsync(store, "a", "1");
        await PutAsync(store, "b", "2");
        ScanPage page = new(0);
        await store.ScanAsync(Bytes("a"), Bytes("b"), page);
        page.Count.ShouldBe(1);
        page.Complete.ShouldBeTrue();
        await store.ScanAsync(Bytes("x"), Bytes("y"), page);
        page.Count.ShouldBe(0);
        page.Complete.ShouldBeTrue();
    }

    [Fact]
    public async Task Batch_over_the_limit_is_refused()
    {
        await using IVolumeStore store = await OpenAsync();
        StoreBatch batch = new();
        byte[] value = new byte[StoreLimits.MaxValue];
        for (int i = 0; batch.Length <= StoreLimits.MaxBatch; i++)
        {
            batch.Put(BitConverter.GetBytes(i), value);
        }

        await Should.ThrowAsync<ArgumentException>(async () => await store.CommitAsync(batch));
    }

    [Fact]
    public async Task Durable_commits_complete_and_statistics_make_sense()
    {
        await using IVolumeStore store = await OpenAsync();
        CommitResult put = await PutAsync(store, "a", "1");
        await store.MakeDurableAsync(put.Sequence);
        await store.MakeDurableAsync(0);
        StoreStatistics statistics = store.GetStatistics();
        statistics.AvailableBytes.ShouldBeLessThanOrEqualTo(statistics.CapacityBytes - statistics.UsedBytes);
        statistics.AvailableBytes.ShouldBeGreaterThan(0UL);
    }

    [Fact]
    public async Task Statistics_withhold_nothing_once_the_store_has_settled()
    {
        await using IVolumeStore store = await OpenAsync();
        ulong empty = store.GetStatistics().AvailableBytes;
        for (int i = 0; i < 500; i++)
        {
            await PutAsync(store, $"{i}", "value");
        }

        for (int i = 0; i < 500; i++)
        {
            StoreBatch batch = new();
            batch.Delete(Bytes($"{i}"));
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        }

        await store.SettleAsync();

        // A checkpoint that nobody waits for any more may be under way: what it needs itself is withheld until it has ended.
        SpinWait.SpinUntil(() => store.GetStatistics().WithheldBytes == 0, TestLimits.Patience).ShouldBeTrue();
        store.GetStatistics().AvailableBytes.ShouldBeGreaterThan(empty - (1UL << 20));
        (await store.GetAsync(Bytes("1"), default)).Found.ShouldBeFalse();
    }

    [Fact]
    public async Task Random_batches_agree_with_a_sorted_dictionary()
    {
        await using IVolumeStore store = await OpenAsync();
        Random random = new(42);
        SortedDictionary<string, string> model = new(StringComparer.Ordinal);
        StoreBatch batch = new();
        for (int round = 0; round < 300; round++)
        {
            batch.Reset();
            int operations = random.Next(1, 40);
            for (int i = 0; i < operations; i++)
            {
                string key = $"{random.Next(800):D4}" + new string('x', random.Next(60));
                if (random.Next(3) == 0)
                {
                    model.Remove(key);
                    batch.Delete(Bytes(key));
                }
                else
                {
                    model[key] = new string((char)('a' + random.Next(26)), random.Next(300));
                    batch.Put(Bytes(key), Bytes(model[key]));
                }
            }

            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        }

        List<KeyValuePair<string, string>> all = [];
        ScanPage page = new(16384);
        byte[] from = [];
        do
        {
            await store.ScanAsync(from, new byte[] { 0xFF }, page);
            foreach (ScanPage.Entry entry in page)
            {
                all.Add(new(System.Text.Encoding.ASCII.GetString(entry.Key), System.Text.Encoding.ASCII.GetString(entry.Value)));
            }

            from = [.. page.LastKey, 0];
        }
        while (!page.Complete);
        all.ShouldBe(model);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<CommitResult> PutAsync(IVolumeStore store, string key, string value)
    {
        StoreBatch batch = new();
        batch.Put(Bytes(key), Bytes(value));
        CommitResult result = await store.CommitAsync(batch);
        result.Status.ShouldBe(CommitStatus.Committed);
        return result;
    }

    private static async Task<CommitResult> AddAsync(IVolumeStore store, string key, int offset, long delta)
    {
        StoreBatch batch = new();
        batch.Add(Bytes(key), offset, delta);
        return await store.CommitAsync(batch);
    }

    private static async Task<string?> TextAsync(IVolumeStore store, string key)
    {
        byte[] value = new byte[StoreLimits.MaxValue];
        StoreEntry entry = await store.GetAsync(Bytes(key), value);
        return entry.Found ? System.Text.Encoding.ASCII.GetString(value, 0, entry.Length) : null;
    }

    private static async Task ShouldFailAsync(IVolumeStore store, Action<StoreBatch> check)
    {
        StoreBatch batch = new();
        batch.Put(Bytes("intruder"), Bytes("x"));
        check(batch);
        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.CheckFailed);
        (await store.GetAsync(Bytes("intruder"), default)).Found.ShouldBeFalse();
    }
}
