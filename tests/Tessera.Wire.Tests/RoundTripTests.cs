using Tessera.Core.FileSystem;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>How often a program waits for the other end: what counts where the way is long.</summary>
public sealed class RoundTripTests
{
    [Fact]
    public async Task A_name_is_one_round_trip_with_its_attributes()
    {
        await using var pair = new WirePair();
        File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
        await pair.ConnectAsync();

        long before = pair.RoundTrips;
        FsResult<InodeAttributes> found = await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"));

        found.Value.Size.ShouldBe(7UL);
        (pair.RoundTrips - before).ShouldBe(1);
    }

    [Fact]
    public async Task A_small_file_is_opened_read_and_closed_in_one_round_trip()
    {
        await using var pair = new WirePair();
        File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        byte[] buffer = new byte[4096];

        long before = pair.RoundTrips;
        ulong handle = (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly)).Value;
        FsResult<int> read = await pair.Files.ReadAsync(Me, new FileSpan(ino, handle, 0), buffer);
        FsResult<int> end = await pair.Files.ReadAsync(Me, new FileSpan(ino, handle, 7), buffer);
        long waited = pair.RoundTrips - before;
        await pair.Files.ReleaseAsync(ino, handle);

        buffer.AsSpan(0, read.Value).ToArray().ShouldBe("content"u8.ToArray());
        end.Value.ShouldBe(0);
        waited.ShouldBe(1);
    }

    [Fact]
    public async Task A_small_file_is_made_written_and_closed_in_two_round_trips()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();

        long before = pair.RoundTrips;
        OpenedFile made = await pair.CreateAsync("f");
        var span = new FileSpan(made.Attributes.Ino, made.Handle, 0);
        (await pair.Files.WriteAsync(Me, span, "content"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(7);
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);

        (pair.RoundTrips - before).ShouldBe(2);
        File.ReadAllText(Path.Combine(pair.Path, "f")).ShouldBe("content");
    }

    [Fact]
    public async Task A_thousand_entries_come_with_attributes_in_one_round_trip()
    {
        await using var pair = new WirePair();
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllText(Path.Combine(pair.Path, $"file-{i:0000}"), "x");
        }

        await pair.ConnectAsync();
        var sink = new CollectingSink(entriesAtOnce: 30);

        long before = pair.RoundTrips;
        await sink.ReadAllAsync(pair.Files, FsLimits.RootInode);

        (pair.RoundTrips - before).ShouldBe(1);
        sink.Names.Count.ShouldBe(1002);
        sink.Names.Keys.Where(name => name is not ("." or "..")).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 1000).Select(i => $"file-{i:0000}"));
        sink.Names["file-0999"].Size.ShouldBe(1UL);
    }

    [Fact]
    public async Task A_listing_of_several_parts_has_every_name_once()
    {
        await using var pair = new WirePair();
        string[] names = [.. Enumerable.Range(0, 4000).Select(i => $"{i:0000}-{new string('n', 100)}")];
        foreach (string name in names)
        {
            await File.WriteAllTextAsync(Path.Combine(pair.Path, name), string.Empty, TestContext.Current.CancellationToken);
        }

        await pair.ConnectAsync();
        var sink = new CollectingSink(entriesAtOnce: 37);

        await sink.ReadAllAsync(pair.Files, FsLimits.RootInode);

        sink.Given.ShouldBe(names.Length + 2);
        sink.Names.Keys.Where(name => name.Length > 2).Order(StringComparer.Ordinal).ShouldBe(names);
    }
}
