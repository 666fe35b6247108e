using Tessera.Core.FileSystem;
using Tessera.Testing.Models;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class NamespaceTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Fact]
    public async Task Create_lookup_and_attributes_agree()
    {
        VolumeFixture fixture = await NewAsync();
        Caller caller = new(1000, 100, 7, Door.Fuse, KernelChecked: true);
        InodeAttributes made = await fixture.MakeAsync(RootIno, "file", ModeBits.Regular | 0x1A4, caller);
        InodeAttributes found = (await fixture.LookupAsync(RootIno, "file")).Value;
        found.ShouldBe(made);
        (found.Uid, found.Gid, found.LinkCount, found.Size).ShouldBe((1000U, 100U, 1U, 0UL));
        found.BirthTime.ShouldBe(found.ModifyTime);
        (await fixture.LookupAsync(RootIno, "none")).Error.ShouldBe(FsError.NotFound);
        (await fixture.LookupAsync(made.Ino, "x")).Error.ShouldBe(FsError.NotDirectory);
        (await fixture.LookupAsync(RootIno, new string('n', 256))).Error.ShouldBe(FsError.NameTooLong);
    }

    [Fact]
    public async Task Directory_counts_links_of_subdirectories_and_changes_its_times()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes before = await fixture.AttributesAsync(RootIno);
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        InodeAttributes after = await fixture.AttributesAsync(RootIno);
        directory.LinkCount.ShouldBe(2U);
        after.LinkCount.ShouldBe(3U);
        after.ModifyTime.ShouldBeGreaterThan(before.ModifyTime);
        after.ChangeTime.ShouldBe(after.ModifyTime);
        after.Change.ShouldBeGreaterThan(before.Change);
        (await fixture.Volume.RemoveDirectoryAsync(Root, RootIno, Name("d"))).ShouldBe(FsError.None);
        (await fixture.AttributesAsync(RootIno)).LinkCount.ShouldBe(2U);
    }

    [Fact]
    public async Task Directory_with_times_in_the_future_is_marked_with_the_present()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        AttributeChanges times = new() { Mask = AttributeMask.ModifyTime, ModifyTime = new(4_500_000_000, 7) };
        (await fixture.Volume.SetAttributesAsync(Root, directory.Ino, times)).Ok.ShouldBeTrue();
        await fixture.MakeDirectoryAsync(directory.Ino, "e");

        InodeAttributes changed = await fixture.AttributesAsync(directory.Ino);
        changed.ModifyTime.ShouldBe(changed.ChangeTime);
        changed.ModifyTime.ShouldBeLessThan(times.ModifyTime);
        await fixture.ReopenAsync();
        (await fixture.AttributesAsync(directory.Ino)).ModifyTime.ShouldBe(changed.ModifyTime);
    }

    [Fact]
    public async Task Dot_and_dotdot_are_found()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        InodeAttributes inner = await fixture.MakeDirectoryAsync(directory.Ino, "e");
        (await fixture.LookupAsync(inner.Ino, "..")).Value.Ino.ShouldBe(directory.Ino);
        (await fixture.LookupAsync(inner.Ino, ".")).Value.Ino.ShouldBe(inner.Ino);
        (await fixture.LookupAsync(RootIno, "..")).Value.Ino.ShouldBe(RootIno);
    }

    [Theory]
    [InlineData(ModeBits.Regular)]
    [InlineData(ModeBits.Symlink)]
    [InlineData(ModeBits.Fifo)]
    public async Task Dot_finds_what_is_no_directory_as_long_as_it_has_a_name(uint kind)
    {
        VolumeFixture fixture = await NewAsync();
        var node = new NewNode(kind, 0, kind == ModeBits.Symlink ? Name("target") : default);
        InodeAttributes made = (await fixture.Volume.MakeNodeAsync(Root, RootIno, Name("f"), node)).Value;
        await fixture.ReopenAsync();
        (await fixture.LookupAsync(made.Ino, ".")).Value.ShouldBe(made);
        (await fixture.LookupAsync(made.Ino, "..")).Error.ShouldBe(FsError.NotDirectory);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
        (await fixture.LookupAsync(made.Ino, ".")).Error.ShouldBe(FsError.Stale);
    }

    [Fact]
    public async Task A_number_that_a_power_cut_took_back_comes_again_with_another_generation()
    {
        SteppingClock clock = new();
        InodeAttributes lost = await (await NewAsync(clock: clock)).MakeAsync(RootIno, "f");
        InodeAttributes made = await (await NewAsync(clock: clock)).MakeAsync(RootIno, "g");
        (made.Ino == lost.Ino, made.Generation == lost.Generation).ShouldBe((true, false));
    }

    [Fact]
    public async Task Names_are_bytes_and_differ_by_case()
    {
        VolumeFixture fixture = await NewAsync();
        byte[][] names = [Name("a"), Name("A"), [0xFF, 0xFE], [0xC3], Name("ünï"), Name("ÜNÏ"), [.. Enumerable.Repeat((byte)'x', 255)]];
        foreach (byte[] name in names)
        {
            (await fixture.Volume.MakeNodeAsync(Root, RootIno, name, new NewNode(ModeBits.Regular, 0, default))).Error.ShouldBe(FsError.None);
        }

        HashSet<ulong> inos = [];
        foreach (byte[] name in names)
        {
            inos.Add((await fixture.Volume.LookupAsync(Root, RootIno, name)).Value.Ino).ShouldBeTrue();
        }

        (await fixture.ListAsync(RootIno)).Count.ShouldBe(names.Length + 2);
    }

    [Fact]
    public async Task Setgid_directory_hands_its_group_on()
    {
        VolumeFixture fixture = await NewAsync();
        Caller caller = new(1000, 100, 7, Door.Fuse, KernelChecked: true);
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d", 0x400 | 0x1FF);
        await fixture.Volume.SetAttributesAsync(Root, directory.Ino, new AttributeChanges { Mask = AttributeMask.Gid, Gid = 55 });
        InodeAttributes file = await fixture.MakeAsync(directory.Ino, "f", ModeBits.Regular | 0x1A4, caller);
        InodeAttributes inner = await fixture.MakeAsync(directory.Ino, "e", ModeBits.Directory | 0x1ED, caller);
        (file.Gid, file.Mode & ModeBits.SetGid).ShouldBe((55U, 0U));
        (inner.Gid, inner.Mode & ModeBits.SetGid).ShouldBe((55U, ModeBits.SetGid));
    }

    [Fact]
    public async Task Hard_links_share_the_inode_until_the_last_goes()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "a");
        (await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("b"))).Value.LinkCount.ShouldBe(2U);
        (await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("b"))).Error.ShouldBe(FsError.Exists);
        (await fixture.Volume.LinkAsync(Root, RootIno, RootIno, Name("c"))).Error.ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("a"))).ShouldBe(FsError.None);
        (await fixture.AttributesAsync(file.Ino)).LinkCount.ShouldBe(1U);
        (await fixture.LookupAsync(RootIno, "b")).Value.Ino.ShouldBe(file.Ino);
    }

    [Fact]
    public async Task Unlink_and_rmdir_refuse_what_is_not_theirs()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        await fixture.MakeAsync(directory.Ino, "f");
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("d"))).ShouldBe(FsError.IsDirectory);
        (await fixture.Volume.RemoveDirectoryAsync(Root, directory.Ino, Name("f"))).ShouldBe(FsError.NotDirectory);
        (await fixture.Volume.RemoveDirectoryAsync(Root, RootIno, Name("d"))).ShouldBe(FsError.NotEmpty);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("x"))).ShouldBe(FsError.NotFound);
    }

    [Fact]
    public async Task Nothing_is_made_in_a_removed_directory()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        ulong handle = (await fixture.Volume.OpenDirectoryAsync(Root, directory.Ino)).Value;
        (await fixture.Volume.RemoveDirectoryAsync(Root, RootIno, Name("d"))).ShouldBe(FsError.None);
        NewNode node = new(ModeBits.Regular, 0, default);
        (await fixture.Volume.MakeNodeAsync(Root, directory.Ino, Name("f"), node)).Error.ShouldBe(FsError.NotFound);
        (await fixture.ListAsync(directory.Ino)).Count.ShouldBe(2);
        (await fixture.Volume.ReleaseDirectoryAsync(directory.Ino, handle)).ShouldBe(FsError.None);
    }

    [Fact]
    public async Task Symlink_keeps_its_target()
    {
        VolumeFixture fixture = await NewAsync();
        byte[] target = Array.ConvertAll(Pattern(FsLimits.MaxSymlink, 5), letter => Math.Max(letter, (byte)1));
        FsResult<InodeAttributes> link = await fixture.Volume.MakeNodeAsync(Root, RootIno, Name("l"), new NewNode(ModeBits.Symlink | 0x1FF, 0, target));
        link.Value.Size.ShouldBe((ulong)target.Length);
        byte[] read = new byte[FsLimits.MaxSymlink];
        (await fixture.Volume.ReadLinkAsync(Root, link.Value.Ino, read)).Value.ShouldBe(target.Length);
        read.ShouldBe(target);
        (await fixture.Volume.ReadLinkAsync(Root, RootIno, read)).Error.ShouldBe(FsError.InvalidArgument);
    }

    [Fact]
    public async Task Create_opens_an_existing_file_unless_exclusive()
    {
        VolumeFixture fixture = await NewAsync();
        OpenFlags flags = OpenFlags.ReadWrite | OpenFlags.Create;
        OpenedFile first = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0x1A4, flags)).Value;
        await fixture.WriteAsync(first.Attributes.Ino, 0, Pattern(100, 1), first.Handle);
        OpenedFile second = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0x1A4, flags)).Value;
        (second.Attributes.Ino, second.Attributes.Size).ShouldBe((first.Attributes.Ino, 100UL));
        (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0, flags | OpenFlags.Exclusive)).Error.ShouldBe(FsError.Exists);
        OpenedFile third = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0, flags | OpenFlags.Truncate)).Value;
        third.Attributes.Size.ShouldBe(0UL);
        await fixture.MakeDirectoryAsync(RootIno, "d");
        (await fixture.Volume.CreateAsync(Root, RootIno, Name("d"), 0, flags)).Error.ShouldBe(FsError.IsDirectory);
    }

    [Fact]
    public async Task Inode_numbers_are_never_used_again_even_after_a_kill()
    {
        VolumeFixture fixture = await NewAsync();
        HashSet<ulong> seen = [];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 50; i++)
            {
                seen.Add((await fixture.MakeAsync(RootIno, "f")).Ino).ShouldBeTrue();
                (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);
            }

            await fixture.KillAsync();
        }
    }

    [Fact]
    public async Task Listing_gives_every_staying_entry_once_while_others_come_and_go()
    {
        VolumeFixture fixture = await NewAsync();
        Random random = new(11);
        HashSet<string> staying = [];
        for (int i = 0; i < 500; i++)
        {
            staying.Add($"stay{i}");
            await fixture.MakeAsync(RootIno, $"stay{i}");
            await fixture.MakeAsync(RootIno, $"go{i}");
        }

        List<string> seen = [];
        ulong cookie = 0;
        while (true)
        {
            Testing.Models.CollectingSink sink = new(7);
            (await fixture.Volume.ReadDirectoryAsync(Root, RootIno, cookie, sink)).ShouldBe(FsError.None);
            seen.AddRange(sink.Entries.Select(entry => entry.Name));
            if (!sink.IsFull)
            {
                break;
            }

            cookie = sink.Entries[^1].Cookie;
            await fixture.Volume.UnlinkAsync(Root, RootIno, Name($"go{random.Next(500)}"));
            await fixture.MakeAsync(RootIno, $"new{seen.Count}");
        }

        seen.Count.ShouldBe(seen.Distinct().Count());
        staying.IsSubsetOf(seen).ShouldBeTrue();
    }

    [Fact]
    public async Task Attributes_in_a_listing_are_those_of_the_inodes()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.WriteAsync(file.Ino, 0, Pattern(10_000, 1));
        List<(string Name, ulong Cookie, InodeAttributes Attributes)> listed = await fixture.ListAsync(RootIno, attributes: true);
        listed.Single(entry => entry.Name == "f").Attributes.ShouldBe(await fixture.AttributesAsync(file.Ino));
    }

    [Fact]
    public async Task A_volume_is_not_formatted_twice_and_a_store_without_one_is_not_opened()
    {
        VolumeFixture fixture = await NewAsync();
        await Should.ThrowAsync<VolumeFormatException>(async () => await Volume.FormatAsync(fixture.Memory, fixture.Clock, Root));
        await Should.ThrowAsync<VolumeFormatException>(async () =>
            await Volume.OpenAsync(new Testing.Stores.MemoryVolumeStore(), new VolumeOptions(), fixture.Clock));
    }

    [Fact]
    public async Task Read_only_volume_changes_nothing()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.Volume.CloseAsync();
        ulong sequence = fixture.Memory.LastSequence;
        Volume volume = await Volume.OpenAsync(fixture.Memory, new VolumeOptions { ReadOnly = true }, fixture.Clock);
        (await volume.MakeNodeAsync(Root, RootIno, Name("g"), new NewNode(ModeBits.Regular, 0, default))).Error.ShouldBe(FsError.ReadOnly);
        (await volume.WriteAsync(Root, new FileSpan(file.Ino, 0, 0), new byte[1], WriteFlags.None)).Error.ShouldBe(FsError.ReadOnly);
        (await volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.ReadOnly);
        (await volume.OpenAsync(Root, file.Ino, OpenFlags.ReadWrite)).Error.ShouldBe(FsError.ReadOnly);
        (await volume.ReadAsync(Root, new FileSpan(file.Ino, 0, 0), new byte[1])).Error.ShouldBe(FsError.None);
        await volume.CloseAsync();
        fixture.Memory.LastSequence.ShouldBe(sequence);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task A_symbolic_link_without_a_target_that_a_path_can_have_is_refused(string target)
    {
        VolumeFixture fixture = await VolumeFixture.NewAsync();

        FsResult<InodeAttributes> made = await fixture.Volume.MakeNodeAsync(
            VolumeFixture.Root, FsLimits.RootInode, VolumeFixture.Name("link"), new NewNode(ModeBits.Symlink | 0x1FF, 0, VolumeFixture.Name(target)));

        made.Ok.ShouldBeFalse();
    }
}
