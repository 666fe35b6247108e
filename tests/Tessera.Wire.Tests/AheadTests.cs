using System.Diagnostics;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>What listings tell is not asked for again, and what a walk comes to next is asked for before.</summary>
public sealed class AheadTests
{
    private const int FrameTypeOffset = 4;

    /// <summary>Longer than any test here takes.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Names_of_a_listed_directory_are_told_without_a_round_trip()
    {
        await using var pair = new WirePair(freshness: Long);
        for (int i = 0; i < 100; i++)
        {
            File.WriteAllText(Path.Combine(pair.Path, $"f{i}"), $"content {i}");
        }

        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 1000).ReadAllAsync(pair.Files, FsLimits.RootInode);

        long before = pair.RoundTrips;
        for (int i = 0; i < 100; i++)
        {
            FsResult<InodeAttributes> found = await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name($"f{i}"));
            found.Value.Size.ShouldBe((ulong)$"content {i}".Length);
            pair.Files.Forget(found.Value.Ino);
        }

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f100"))).Error.ShouldBe(FsError.NotFound);
        (pair.RoundTrips - before).ShouldBe(0);
    }

    [Fact]
    public async Task Names_looked_up_one_by_one_are_one_round_trip_and_one_listing_beside_it()
    {
        await using var pair = new WirePair(freshness: Long);
        for (int i = 0; i < 100; i++)
        {
            File.WriteAllText(Path.Combine(pair.Path, $"f{i}"), "content");
        }

        await pair.ConnectAsync();
        for (int i = 0; i < 100; i++)
        {
            await pair.LookupAsync($"f{i}");
        }

        pair.RoundTrips.ShouldBe(1);
        pair.Files.RequestsAhead.ShouldBe(1);
    }

    [Fact]
    public async Task A_directory_made_here_is_known_to_be_empty()
    {
        await using var pair = new WirePair(freshness: Long);
        await pair.ConnectAsync();
        ulong made = (await new RemoteNames(pair).MakeAsync("d", ModeBits.Directory | 0x1ED)).Ino;

        long before = pair.RoundTrips;
        (await pair.Files.LookupAsync(Me, made, Name("f"))).Error.ShouldBe(FsError.NotFound);
        (pair.RoundTrips - before).ShouldBe(0);

        (await pair.Files.CreateAsync(Me, made, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive)).Ok.ShouldBeTrue();
        (await pair.Files.LookupAsync(Me, made, Name("f"))).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_walk_waits_for_few_of_the_directories_and_files_that_it_comes_to()
    {
        await using var pair = new WirePair(freshness: Long);
        const int Directories = 40, FilesInEach = 20;
        for (int i = 0; i < Directories; i++)
        {
            string directory = Directory.CreateDirectory(Path.Combine(pair.Path, "tree", $"d{i / 10}", $"e{i % 10}")).FullName;
            for (int j = 0; j < FilesInEach; j++)
            {
                File.WriteAllText(Path.Combine(directory, $"f{j}"), $"{i} {j}");
            }
        }

        await pair.ConnectAsync();
        var walk = new Walk(pair);
        await walk.ThroughAsync(await pair.LookupAsync("tree"), "tree", reads: true);

        walk.Directories.ShouldBe(1 + 4 + Directories);
        walk.Contents.Count.ShouldBe(Directories * FilesInEach);
        walk.Contents.ShouldAllBe(file => file.Value == File.ReadAllText(Path.Combine(pair.Path, file.Key)));
        pair.RoundTrips.ShouldBeLessThan(3 * Directories);
        pair.Files.OpenFiles.ShouldBe(0);
        for (int i = 0; i < 1000 && pair.Exporter.OpenFiles > 0; i++)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken); // Who closes does not wait.
        }

        pair.Exporter.OpenFiles.ShouldBe(0);
        pair.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_others_do_at_the_exporter_is_seen_once_what_was_known_is_too_old()
    {
        await using var pair = new WirePair(freshness: TimeSpan.FromMilliseconds(100));
        string old = Path.Combine(pair.Path, "old");
        File.WriteAllText(old, "one");
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("new"))).Error.ShouldBe(FsError.NotFound);
        ulong ino = await pair.LookupAsync("old");
        (await new Walk(pair).ReadAsync(ino)).ShouldBe("one");

        File.WriteAllText(old, "two, and longer");
        File.WriteAllText(Path.Combine(pair.Path, "new"), "new");
        await pair.OutlastAsync();

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("new"))).Value.Size.ShouldBe(3UL);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("old"))).Value.Size.ShouldBe(15UL);
        (await new Walk(pair).ReadAsync(ino)).ShouldBe("two, and longer");
        var sink = new CollectingSink(entriesAtOnce: 10);
        await sink.ReadAllAsync(pair.Files, FsLimits.RootInode);
        sink.Names.Keys.ShouldContain("new");
    }

    [Fact]
    public async Task A_file_that_others_replaced_is_looked_up_anew_when_the_exporter_says_so()
    {
        await using var pair = new WirePair(freshness: Long);
        File.WriteAllText(Path.Combine(pair.Path, "f"), "one");
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        ulong ino = await pair.LookupAsync("f");

        File.WriteAllText(Path.Combine(pair.Path, "g"), "two");
        File.Move(Path.Combine(pair.Path, "g"), Path.Combine(pair.Path, "f"), overwrite: true);
        (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly)).Error.ShouldBe(FsError.Stale);

        ulong other = await pair.LookupAsync("f");
        other.ShouldNotBe(ino);
        (await new Walk(pair).ReadAsync(other)).ShouldBe("two");
    }

    [Fact]
    public async Task A_name_that_others_made_meanwhile_is_found_once_making_it_has_failed()
    {
        await using var pair = new WirePair(freshness: Long);
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        File.WriteAllText(Path.Combine(pair.Path, "f"), "theirs");
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"))).Error.ShouldBe(FsError.NotFound);

        (await pair.Files.CreateAsync(Me, FsLimits.RootInode, Name("f"), 0x1A4, OpenFlags.ReadWrite)).Error.ShouldBe(FsError.Stale, "The kernel looks it up then.");

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"))).Value.Size.ShouldBe(6UL);
    }

    [Fact]
    public async Task A_listing_that_was_answered_before_a_change_here_is_not_believed_after_it()
    {
        await using var pair = new WirePair(freshness: Long);
        File.WriteAllText(Path.Combine(pair.Path, "f"), "one");
        await pair.ConnectAsync(toImporter: Lose);
        Task listing = new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        await Task.WhenAny(lost.Task, listing);

        // The exporter has answered. Its answer comes, over another connection, when all this is done.
        await pair.CreateAsync("new");
        ulong ino = (await pair.CreateAsync("other")).Attributes.Ino;
        (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("f"))).ShouldBe(FsError.None);
        await pair.ConnectAsync();
        await listing;

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("new"))).Ok.ShouldBeTrue();
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("other"))).Value.Ino.ShouldBe(ino);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"))).Error.ShouldBe(FsError.NotFound);
        var sink = new CollectingSink(entriesAtOnce: 10);
        await sink.ReadAllAsync(pair.Files, FsLimits.RootInode);
        sink.Names.Keys.Order(StringComparer.Ordinal).ShouldBe([".", "..", "new", "other"]);
    }

    [Fact]
    public async Task Contents_that_came_ahead_are_not_read_after_another_version_was_told()
    {
        await using var pair = new WirePair(freshness: Long);
        Directory.CreateDirectory(Path.Combine(pair.Path, "d"));
        File.WriteAllText(Path.Combine(pair.Path, "f"), "one");
        using (Process link = Process.Start("ln", [Path.Combine(pair.Path, "f"), Path.Combine(pair.Path, "d", "g")]))
        {
            await link.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        ulong directory = await pair.LookupAsync("d");
        (await new Walk(pair).ReadAsync(ino)).ShouldBe("one");
        File.WriteAllText(Path.Combine(pair.Path, "f"), "two, and longer");
        (await new Walk(pair).ReadAsync(ino)).ShouldBe("one", "It is kept: nothing says that it is another.");

        (await pair.Files.LookupAsync(Me, directory, Name("g"))).Value.Size.ShouldBe(15UL);
        (await pair.Files.GetAttributesAsync(Me, ino)).Value.Size.ShouldBe(15UL);

        (await new Walk(pair).ReadAsync(ino)).ShouldBe("two, and longer");
    }

    [Fact]
    public async Task A_listing_is_not_given_after_a_newer_version_of_its_directory_was_told()
    {
        await using var pair = new WirePair(freshness: Long);
        string directory = Directory.CreateDirectory(Path.Combine(pair.Path, "d")).FullName;
        File.WriteAllText(Path.Combine(directory, "f"), "one");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("d");
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, ino);
        File.WriteAllText(Path.Combine(directory, "g"), "two");

        await pair.CreateAsync("new"); // So that the directory above is listed anew, and tells.
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);

        var sink = new CollectingSink(entriesAtOnce: 10);
        await sink.ReadAllAsync(pair.Files, ino);
        sink.Names.Keys.ShouldContain("g");
        (await pair.Files.LookupAsync(Me, ino, Name("g"))).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_told_newer_is_not_told_older_again()
    {
        await using var pair = new WirePair(freshness: Long);
        File.WriteAllText(Path.Combine(pair.Path, "f"), "one");
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        ulong ino = await pair.LookupAsync("f");
        File.WriteAllText(Path.Combine(pair.Path, "f"), "two, and longer");

        (await pair.Files.GetAttributesAsync(Me, ino)).Value.Size.ShouldBe(15UL);

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"))).Value.Size.ShouldBe(15UL);
        var sink = new CollectingSink(entriesAtOnce: 10);
        await sink.ReadAllAsync(pair.Files, FsLimits.RootInode);
        (sink.Names["f"].Ino == 0 || sink.Names["f"].Size == 15).ShouldBeTrue("An entry without an inode is one that the kernel asks for.");
    }

    [Fact]
    public async Task A_file_opened_from_what_is_kept_can_be_read_after_its_name_is_gone()
    {
        await using var pair = new WirePair(freshness: TimeSpan.FromSeconds(1));
        File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        await new Walk(pair).ReadAsync(ino);
        byte[] buffer = new byte[100];

        long before = pair.RoundTrips;
        ulong handle = (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly)).Value;
        (pair.RoundTrips - before).ShouldBe(0);
        (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("f"))).ShouldBe(FsError.None);
        await pair.OutlastAsync();

        (await pair.Files.ReadAsync(Me, new FileSpan(ino, handle, 0), buffer)).Value.ShouldBe(7);
        (await pair.Files.ReleaseAsync(ino, handle)).ShouldBe(FsError.None);
        for (int i = 0; i < 1000 && pair.Exporter.OpenFiles > 0; i++)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        pair.Exporter.OpenFiles.ShouldBe(0);
    }

    /// <summary>Loses the first reply to a READDIR, which comes behind the directory's attributes.</summary>
    private byte[]? Lose(byte[] frame)
    {
        bool isListing = frame[FrameTypeOffset] == (byte)FrameType.Reply && frame[FrameHeader.Size] == (byte)OpCode.GetAttributes && frame.Length > 200;
        return isListing && lost.TrySetResult() ? null : frame;
    }
}
