using Tessera.Core.FileSystem;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>What came with an answer is not asked for again: attributes after they were changed, after a file or directory was read, and of what another name's removal does not concern.</summary>
public sealed class AskedOnceTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_directory_in_which_files_were_made_is_found_without_asking()
    {
        await using var pair = new WirePair(freshness: Long);
        string directory = Directory.CreateDirectory(Path.Combine(pair.Path, "d")).FullName;
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        ulong ino = await pair.LookupAsync("d");
        (await pair.Files.CreateAsync(Me, ino, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive)).Ok.ShouldBeTrue();

        long before = pair.RoundTrips;
        InodeAttributes found = (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("d"))).Value;

        (pair.RoundTrips - before).ShouldBe(0);
        found.Ino.ShouldBe(ino);
        found.ModifyTime.Seconds.ShouldBe(new DateTimeOffset(Directory.GetLastWriteTimeUtc(directory)).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_path_is_half_as_many_round_trips_as_it_has_names()
    {
        await using var pair = new WirePair(freshness: Long);
        Directory.CreateDirectory(Path.Combine(pair.Path, "a", "b", "c", "d"));
        File.WriteAllText(Path.Combine(pair.Path, "a", "b", "c", "f"), "content");
        await pair.ConnectAsync();

        ulong ino = FsLimits.RootInode;
        foreach (string name in (string[])["a", "b", "c", "f"])
        {
            ino = (await pair.Files.LookupAsync(Me, ino, Name(name))).Value.Ino;
        }

        pair.RoundTrips.ShouldBe(2);
        (await new Walk(pair).ReadAsync(ino)).ShouldBe("content");
    }

    [Fact]
    public async Task A_directory_whose_names_change_while_it_is_looked_up_is_asked_for_them()
    {
        await using var pair = new WirePair(freshness: TimeSpan.FromMilliseconds(200));
        Directory.CreateDirectory(Path.Combine(pair.Path, "d"));
        await pair.ConnectAsync(delay: static _ => TimeSpan.FromMilliseconds(20));
        ulong ino = await pair.LookupAsync("d");
        for (int i = 0; i < 8; i++)
        {
            await pair.OutlastAsync();
            long before = pair.RoundTrips;
            Task<FsResult<InodeAttributes>> looking = pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("d")).AsTask();
            Task<FsResult<OpenedFile>> making = pair.Files.CreateAsync(Me, ino, Name($"f{i}"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive).AsTask();
            (await looking).Value.Ino.ShouldBe(ino);
            ulong made = (await making).Value.Attributes.Ino;
            (pair.RoundTrips - before).ShouldBe(2);

            (await pair.Files.LookupAsync(Me, ino, Name($"f{i}"))).Value.Ino.ShouldBe(made);
            (await pair.Files.UnlinkAsync(Me, ino, Name($"f{i}"))).ShouldBe(FsError.None);
            (await pair.Files.LookupAsync(Me, ino, Name($"f{i}"))).Error.ShouldBe(FsError.NotFound);
        }
    }

    [Fact]
    public async Task Attributes_that_were_changed_are_known_and_a_directory_is_given_to_its_owner_without_asking()
    {
        await using var pair = new WirePair(freshness: Long);
        Directory.CreateDirectory(Path.Combine(pair.Path, "d"), (UnixFileMode)0x1ED);
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        ulong directory = await pair.LookupAsync("d");

        long before = pair.RoundTrips;
        var times = new AttributeChanges { Mask = AttributeMask.ModifyTime, ModifyTime = new Timestamp(2_000, 0) };
        (await pair.Files.SetAttributesAsync(Me, directory, times)).Ok.ShouldBeTrue();
        InodeAttributes given = (await pair.Files.SetAttributesAsync(Me, directory, new AttributeChanges { Mask = AttributeMask.KillPrivileges })).Value;
        InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, directory)).Value;

        (pair.RoundTrips - before).ShouldBe(1);
        (given.ModifyTime, told.ModifyTime).ShouldBe((new Timestamp(2_000, 0), new Timestamp(2_000, 0)));
        (given.Mode & 0x1FF).ShouldBe(0x1EDu);
    }

    [Fact]
    public async Task A_file_is_cut_to_nothing_without_opening_others_and_given_other_rights_after_it()
    {
        await using var pair = new WirePair(freshness: Long);
        File.WriteAllText(Path.Combine(pair.Path, "kept"), "content");
        File.WriteAllText(Path.Combine(pair.Path, "cut"), "content");
        await pair.ConnectAsync();
        ulong kept = await pair.LookupAsync("kept");
        ulong cut = await pair.LookupAsync("cut");
        await new Walk(pair).ReadAsync(kept);
        ulong handle = (await pair.Files.OpenAsync(Me, kept, OpenFlags.ReadOnly)).Value; // From what is kept.

        long before = pair.RoundTrips;
        (await pair.Files.SetAttributesAsync(Me, cut, new AttributeChanges { Mask = AttributeMask.Size })).Value.Size.ShouldBe(0UL);
        (pair.RoundTrips - before).ShouldBe(1);
        (await pair.Files.SetAttributesAsync(Me, cut, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x180 })).Ok.ShouldBeTrue();
        (pair.RoundTrips - before).ShouldBe(3, "The other file is opened first.");
        await pair.Files.ReleaseAsync(kept, handle);
    }

    [Fact]
    public async Task A_file_that_was_read_and_its_directory_are_dated_without_asking()
    {
        await using var pair = new WirePair(freshness: Long);
        string path = Path.Combine(pair.Path, "f");
        File.WriteAllText(path, "content");
        File.SetLastAccessTimeUtc(path, DateTime.UnixEpoch.AddDays(1)); // relatime: the next read is marked.
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        ulong ino = await pair.LookupAsync("f");
        (await new Walk(pair).ReadAsync(ino)).ShouldBe("content");

        long before = pair.RoundTrips;
        InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, ino)).Value;
        InodeAttributes directory = (await pair.Files.GetAttributesAsync(Me, FsLimits.RootInode)).Value;

        (pair.RoundTrips - before).ShouldBe(0);
        told.AccessTime.Seconds.ShouldBe(new DateTimeOffset(File.GetLastAccessTimeUtc(path)).ToUnixTimeSeconds());
        directory.AccessTime.Seconds.ShouldBe(new DateTimeOffset(Directory.GetLastAccessTimeUtc(pair.Path)).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_file_is_known_after_another_was_removed_but_not_after_one_of_its_names_was()
    {
        await using var pair = new WirePair(freshness: Long);
        await pair.ConnectAsync();
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("nothing"))).Error.ShouldBe(FsError.NotFound);
        await pair.SettleAsync();
        ulong one = await MakeAsync(pair, "one");
        await MakeAsync(pair, "other");
        ulong twice = await MakeAsync(pair, "twice");
        (await pair.Files.LinkAsync(Me, twice, FsLimits.RootInode, Name("again"))).Ok.ShouldBeTrue();
        (await pair.Files.GetAttributesAsync(Me, twice)).Value.LinkCount.ShouldBe(2u);

        (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("other"))).ShouldBe(FsError.None);
        long before = pair.RoundTrips;
        (await pair.Files.GetAttributesAsync(Me, one)).Value.LinkCount.ShouldBe(1u);
        (pair.RoundTrips - before).ShouldBe(0);

        (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("again"))).ShouldBe(FsError.None);
        (await pair.Files.GetAttributesAsync(Me, twice)).Value.LinkCount.ShouldBe(1u);
    }

    [Fact]
    public async Task An_open_file_whose_only_name_is_removed_has_none()
    {
        await using var pair = new WirePair(freshness: Long);
        await pair.ConnectAsync();
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("nothing"))).Error.ShouldBe(FsError.NotFound);
        await pair.SettleAsync();
        await MakeAsync(pair, "f");
        ulong ino = await pair.LookupAsync("f");
        ulong handle = (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadWrite)).Value;
        (await pair.Files.GetAttributesAsync(Me, ino)).Value.LinkCount.ShouldBe(1u);

        (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("f"))).ShouldBe(FsError.None);

        (await pair.Files.GetAttributesAsync(Me, ino)).Value.LinkCount.ShouldBe(0u);
        await pair.Files.ReleaseAsync(ino, handle);
    }

    private static async Task<ulong> MakeAsync(WirePair pair, string name)
    {
        OpenedFile made = await pair.CreateAsync(name);
        (await pair.Files.WriteAsync(Me, new FileSpan(made.Attributes.Ino, made.Handle, 0), "abc"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(3);
        (await pair.Files.FlushAsync(Me, made.Attributes.Ino, made.Handle)).ShouldBe(FsError.None);
        await pair.Files.ReleaseAsync(made.Attributes.Ino, made.Handle);
        return made.Attributes.Ino;
    }
}
