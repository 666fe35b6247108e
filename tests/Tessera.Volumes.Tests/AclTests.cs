using System.Buffers.Binary;
using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Checking;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>Access control lists: setting them, chmod(2), inheritance, and the engine's own heed of them (acl(5)).</summary>
public sealed class AclTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private const string Access = "system.posix_acl_access";
    private const string Default = "system.posix_acl_default";
    private static readonly Caller Owner = new(1000, 100, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller Named = new(2000, 200, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller GroupMember = new(3000, 300, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller OwningMember = new(4000, 100, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller Stranger = new(5000, 500, 0, Door.Internal, KernelChecked: false);

    [Theory]
    [InlineData("u::rw-,g::r--,o::---", 0x1A0, FsError.NoData)]
    [InlineData("u::rw-,u:7:r--,g::r--,m::rwx,o::--x", 0x1B9, FsError.None)]
    [InlineData("u::rwx,g::rwx,m::--x,o::---", 0x1C8, FsError.None)]
    public async Task Access_list_sets_the_mode_and_is_kept_where_the_mode_does_not_say_it_all(string list, uint mode, FsError kept)
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        (await SetAsync(fixture, Root, ino, Access, list)).ShouldBe(FsError.None);
        (await ModeAsync(fixture, ino)).ShouldBe(mode);
        await fixture.KillAsync();
        (await ModeAsync(fixture, ino)).ShouldBe(mode);
        FsResult<string> stored = await GetAsync(fixture, ino, Access);
        stored.Error.ShouldBe(kept);
        if (kept == FsError.None)
        {
            stored.Value.ShouldBe(list);
        }

        await ShouldBeInOrderAsync(fixture);
    }

    [Theory]
    [InlineData("g::r--,u::rw-,o::---")]
    [InlineData("u::rw-,g::r--")]
    [InlineData("u::rw-,u::rw-,g::r--,o::---")]
    [InlineData("u::rw-,u:7:r--,g::r--,o::---")]
    [InlineData("u::rw-,g::r--,g:7:r--,o::---")]
    [InlineData("u::rw-,g::r--,m::r--,m::r--,o::---")]
    [InlineData("u::rw-,u:4294967295:r--,g::r--,m::r--,o::---")]
    public async Task List_that_is_none_is_refused_and_changes_nothing(string list)
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        fixture.Store.ResetCounts();
        (await SetAsync(fixture, Root, ino, Access, list)).ShouldBe(FsError.InvalidArgument);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name(Access), new byte[] { 2, 0, 0, 0, 1 }, XattrFlags.None)).ShouldBe(FsError.InvalidArgument);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name(Access), new byte[] { 1, 0, 0, 0 }, XattrFlags.None)).ShouldBe(FsError.NotSupported);
        fixture.Store.Commits.ShouldBe(0);
        (await ModeAsync(fixture, ino)).ShouldBe(0x1A4u);
    }

    [Fact]
    public async Task List_has_as_many_entries_as_the_kernel_reads()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        string Long(int users) => "u::rw-," + string.Concat(Enumerable.Range(1, users).Select(id => $"u:{id}:r--,")) + "g::r--,m::r--,o::---";
        (await SetAsync(fixture, Root, ino, Access, Long(VolumeLimits.MaxAclEntries - 3))).ShouldBe(FsError.NoSpace);
        (await SetAsync(fixture, Root, ino, Access, Long(VolumeLimits.MaxAclEntries - 4))).ShouldBe(FsError.None);
        (await GetAsync(fixture, ino, Access)).Value.ShouldBe(Long(VolumeLimits.MaxAclEntries - 4));
    }

    [Fact]
    public async Task Chmod_changes_the_mask_and_leaves_the_owning_group()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        await SetAsync(fixture, Root, ino, Access, "u::rw-,u:7:rwx,g::r--,m::rwx,o::---");
        fixture.Store.ResetCounts();
        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x1C9 });
        (fixture.Store.Reads, fixture.Store.Commits).ShouldBe((1, 1));
        (await GetAsync(fixture, ino, Access)).Value.ShouldBe("u::rwx,u:7:rwx,g::r--,m::--x,o::--x");
        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Mode | AttributeMask.Size, Mode = 0x1F8, Size = 5 });
        (await GetAsync(fixture, ino, Access)).Value.ShouldBe("u::rwx,u:7:rwx,g::r--,m::rwx,o::---");
        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Uid, Uid = 9 });
        await fixture.KillAsync();
        (await GetAsync(fixture, ino, Access)).Value.ShouldBe("u::rwx,u:7:rwx,g::r--,m::rwx,o::---");
        (await ModeAsync(fixture, ino)).ShouldBe(0x1F8u);
        (await fixture.AttributesAsync(ino)).Size.ShouldBe(5ul);
    }

    [Fact]
    public async Task Removing_leaves_the_mode_and_succeeds_where_there_is_nothing()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        await SetAsync(fixture, Root, ino, Access, "u::rw-,u:7:rwx,g::r--,m::rwx,o::---");
        for (int times = 0; times < 2; times++)
        {
            (await fixture.Volume.RemoveXattrAsync(Root, ino, Name(Access))).ShouldBe(FsError.None);
            (await GetAsync(fixture, ino, Access)).Error.ShouldBe(FsError.NoData);
            (await ModeAsync(fixture, ino)).ShouldBe(0x1B8u);
        }

        (await fixture.Volume.RemoveXattrAsync(Root, ino, Name(Default))).ShouldBe(FsError.None);
        (await SetAsync(fixture, Root, ino, Default, "u::rw-,g::r--,o::---")).ShouldBe(FsError.AccessDenied);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name(Default), new byte[] { 2, 0, 0, 0 }, XattrFlags.None)).ShouldBe(FsError.None);
        await ShouldBeInOrderAsync(fixture);
    }

    [Fact]
    public async Task Child_gets_the_default_list_within_its_mode_and_not_the_umask_by_one_commit()
    {
        VolumeFixture fixture = await NewAsync();
        const string List = "u::rwx,u:7:rwx,g::r-x,m::rwx,o::r--";
        ulong directory = (await fixture.MakeDirectoryAsync(RootIno, "d")).Ino;
        await SetAsync(fixture, Root, directory, Default, List);
        Caller masked = Root with { Umask = 0x3F };
        await fixture.MakeAsync(directory, "warm");

        fixture.Store.ResetCounts();
        ulong file = (await fixture.MakeAsync(directory, "f", ModeBits.Regular | 0x1A4, masked)).Ino;
        (fixture.Store.Reads, fixture.Store.Commits).ShouldBe((1, 1));
        ulong inner = (await fixture.MakeAsync(directory, "s", ModeBits.Directory | 0x1E8, masked)).Ino;
        ulong unnamed = (await fixture.Volume.CreateUnnamedAsync(masked, directory, 0x180, OpenFlags.ReadWrite)).Value.Attributes.Ino;
        (await GetAsync(fixture, unnamed, Access)).Value.ShouldBe("u::rw-,u:7:rwx,g::r-x,m::---,o::---");
        ulong link = (await fixture.Volume.MakeNodeAsync(masked, directory, Name("l"), new NewNode(ModeBits.Symlink | 0x1FF, 0, Name("x")))).Value.Ino;
        await fixture.KillAsync();

        (await ModeAsync(fixture, file)).ShouldBe(0x1A4u);
        (await GetAsync(fixture, file, Access)).Value.ShouldBe("u::rw-,u:7:rwx,g::r-x,m::r--,o::r--");
        (await GetAsync(fixture, file, Default)).Error.ShouldBe(FsError.NoData);
        (await ModeAsync(fixture, inner)).ShouldBe(0x1E8u);
        (await GetAsync(fixture, inner, Access)).Value.ShouldBe("u::rwx,u:7:rwx,g::r-x,m::r-x,o::---");
        (await GetAsync(fixture, inner, Default)).Value.ShouldBe(List);
        (await fixture.LookupAsync(directory, "l")).Value.Mode.ShouldBe(ModeBits.Symlink | 0x1FF);
        (await GetAsync(fixture, link, Access)).Error.ShouldBe(FsError.NoData);
        await ShouldBeInOrderAsync(fixture);
    }

    [Fact]
    public async Task Umask_is_taken_where_there_is_no_default_list_and_a_list_that_is_a_mode_leaves_none()
    {
        VolumeFixture fixture = await NewAsync();
        Caller masked = Root with { Umask = 0x17 };
        (await fixture.MakeAsync(RootIno, "f", ModeBits.Regular | 0xDFF, masked)).Mode.ShouldBe(ModeBits.Regular | 0xDE8);
        (await fixture.MakeAsync(RootIno, "d", ModeBits.Directory | 0x3FF, masked)).Mode.ShouldBe(ModeBits.Directory | 0x3E8);
        FsResult<OpenedFile> opened = await fixture.Volume.CreateAsync(masked, RootIno, Name("c"), 0x1B6, OpenFlags.ReadWrite | OpenFlags.Create);
        opened.Value.Attributes.Mode.ShouldBe(ModeBits.Regular | 0x1A0);
        opened = await fixture.Volume.CreateUnnamedAsync(masked, RootIno, 0x1B6, OpenFlags.ReadWrite);
        opened.Value.Attributes.Mode.ShouldBe(ModeBits.Regular | 0x1A0);

        ulong directory = (await fixture.LookupAsync(RootIno, "d")).Value.Ino;
        await SetAsync(fixture, Root, directory, Default, "u::rw-,g::r--,o::r--");
        ulong child = (await fixture.MakeAsync(directory, "f", ModeBits.Regular | 0x1FF, masked)).Ino;
        (await ModeAsync(fixture, child)).ShouldBe(0x1A4u);
        (await GetAsync(fixture, child, Access)).Error.ShouldBe(FsError.NoData);
        await ShouldBeInOrderAsync(fixture);
    }

    [Fact]
    public async Task Who_is_not_the_owner_sets_none_and_who_is_not_in_the_group_takes_sgid()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync(0x400 | 0x1ED);
        const string List = "u::rwx,u:7:r--,g::r-x,m::r-x,o::r-x";
        (await SetAsync(fixture, Stranger, ino, Access, List)).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.RemoveXattrAsync(Stranger, ino, Name(Access))).ShouldBe(FsError.NotPermitted);
        (await SetAsync(fixture, Owner, ino, Access, List)).ShouldBe(FsError.None);
        (await ModeAsync(fixture, ino)).ShouldBe(0x400u | 0x1ED);
        (await SetAsync(fixture, Owner with { Gid = 1 }, ino, Access, List)).ShouldBe(FsError.None);
        (await ModeAsync(fixture, ino)).ShouldBe(0x1EDu);

        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x400 | 0x1ED });
        (await fixture.Volume.SetXattrAsync(Root, ino, Name(Access), Encode(List), XattrFlags.KillSetGid)).ShouldBe(FsError.None);
        (await ModeAsync(fixture, ino)).ShouldBe(0x1EDu);
    }

    [Fact]
    public async Task Engine_heeds_the_list_for_callers_no_kernel_has_checked()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        await SetAsync(fixture, Root, ino, Access, "u::---,u:2000:rw-,g::r--,g:300:-w-,g:301:r--,m::rw-,o::--x");
        await ShouldAllowAsync(fixture, ino, Owner, "");
        await ShouldAllowAsync(fixture, ino, Named, "r w rw");
        await ShouldAllowAsync(fixture, ino, Named with { Gid = 100 }, "r w rw");
        await ShouldAllowAsync(fixture, ino, OwningMember, "r");
        await ShouldAllowAsync(fixture, ino, GroupMember, "w");
        await ShouldAllowAsync(fixture, ino, GroupMember with { Groups = new uint[] { 301 } }, "r w");
        await ShouldAllowAsync(fixture, ino, Stranger, "x");

        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x124 });
        await ShouldAllowAsync(fixture, ino, Named, "r");
        await ShouldAllowAsync(fixture, ino, GroupMember, "");
        await ShouldAllowAsync(fixture, ino, Stranger, "r");
    }

    [Fact]
    public async Task Directory_with_a_list_is_searched_changed_and_listed_by_who_is_named()
    {
        VolumeFixture fixture = await NewAsync();
        ulong directory = (await fixture.MakeDirectoryAsync(RootIno, "d", 0x1C0)).Ino;
        await fixture.MakeAsync(directory, "f");
        await SetAsync(fixture, Root, directory, Access, "u::rwx,u:2000:rwx,g::---,m::rwx,o::---");
        foreach ((Caller caller, FsError expected) in new[] { (Named, FsError.None), (OwningMember with { Gid = 0 }, FsError.AccessDenied), (Stranger, FsError.AccessDenied) })
        {
            (await fixture.Volume.LookupAsync(caller, directory, Name("f"))).Error.ShouldBe(expected);
            (await fixture.Volume.OpenDirectoryAsync(caller, directory)).Error.ShouldBe(expected);
            (await fixture.Volume.MakeNodeAsync(caller, directory, Name("g"), new NewNode(ModeBits.Regular | 0x1A4, 0, default))).Error.ShouldBe(expected);
            DirectoryEntry from = new(directory, Name("g"));
            (await fixture.Volume.RenameAsync(caller, from, new DirectoryEntry(directory, Name("h")), RenameFlags.None)).ShouldBe(expected);
            (await fixture.Volume.UnlinkAsync(caller, directory, Name("h"))).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task Privileges_alone_are_taken_by_others_only_while_they_have_the_file_open_for_writing()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync(0x400 | 0x1ED);
        await SetAsync(fixture, Root, ino, Access, "u::rwx,u:2000:rw-,g::r-x,m::rwx,o::r-x");
        AttributeChanges take = new() { Mask = AttributeMask.KillPrivileges };
        (await fixture.Volume.SetAttributesAsync(Stranger with { KernelChecked = true }, ino, take)).Error.ShouldBe(FsError.NotPermitted);
        (await ModeAsync(fixture, ino)).ShouldBe(0x400u | 0x1FD);
        (await fixture.Volume.SetAttributesAsync(Named with { KernelChecked = true }, ino, take)).Error.ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.OpenAsync(Named, ino, OpenFlags.ReadOnly)).Ok.ShouldBeTrue();
        (await fixture.Volume.SetAttributesAsync(Named with { KernelChecked = true }, ino, take)).Error.ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.OpenAsync(Named, ino, OpenFlags.WriteOnly)).Ok.ShouldBeTrue();
        (await fixture.Volume.SetAttributesAsync(Named with { KernelChecked = true }, ino, take)).Error.ShouldBe(FsError.None);
        (await ModeAsync(fixture, ino)).ShouldBe(0x1FDu);
    }

    private static async Task ShouldAllowAsync(VolumeFixture fixture, ulong ino, Caller caller, string allowed)
    {
        string[] expected = allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach ((string name, int mask) in new[] { ("r", 4), ("w", 2), ("x", 1), ("rw", 6), ("rx", 5) })
        {
            FsError error = await fixture.Volume.AccessAsync(caller, ino, mask);
            error.ShouldBe(expected.Contains(name) ? FsError.None : FsError.AccessDenied, $"{caller.Uid} asks for {name}");
        }

        FsResult<ulong> opened = await fixture.Volume.OpenAsync(caller, ino, OpenFlags.ReadOnly);
        opened.Ok.ShouldBe(expected.Contains("r"));
    }

    private static async Task<(VolumeFixture Fixture, ulong Ino)> WithFileAsync(uint mode = 0x1A4)
    {
        VolumeFixture fixture = await NewAsync();
        ulong ino = (await fixture.MakeAsync(RootIno, "f")).Ino;
        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Uid | AttributeMask.Gid, Uid = Owner.Uid, Gid = Owner.Gid });
        await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = mode });
        return (fixture, ino);
    }

    private static async Task ChangeAsync(VolumeFixture fixture, ulong ino, AttributeChanges changes) =>
        (await fixture.Volume.SetAttributesAsync(Root, ino, changes)).Error.ShouldBe(FsError.None);

    private static async Task<uint> ModeAsync(VolumeFixture fixture, ulong ino) => (await fixture.AttributesAsync(ino)).Mode & ModeBits.PermissionMask;

    private static async Task<FsError> SetAsync(VolumeFixture fixture, Caller caller, ulong ino, string name, string list) =>
        await fixture.Volume.SetXattrAsync(caller, ino, Name(name), Encode(list), XattrFlags.None);

    private static async Task<FsResult<string>> GetAsync(VolumeFixture fixture, ulong ino, string name)
    {
        byte[] value = new byte[8192];
        FsResult<int> length = await fixture.Volume.GetXattrAsync(Root, ino, Name(name), value);
        return length.Ok ? Decode(value.AsSpan(0, length.Value)) : length.Error;
    }

    private static async Task ShouldBeInOrderAsync(VolumeFixture fixture)
    {
        await fixture.Volume.CloseAsync();
        VolumeCheckReport report = await VolumeChecker.CheckAsync(fixture.Memory, CancellationToken.None);
        report.Findings.ShouldBeEmpty();
    }

    /// <summary>The attribute's value of "u::rwx,u:7:r--,…" (linux/posix_acl_xattr.h).</summary>
    private static byte[] Encode(string list)
    {
        string[] entries = list.Split(',');
        byte[] value = new byte[4 + (entries.Length * 8)];
        value[0] = 2;
        for (int i = 0; i < entries.Length; i++)
        {
            string[] parts = entries[i].Split(':');
            int at = 4 + (i * 8);
            bool isNamed = parts[1].Length > 0;
            value[at] = (byte)(parts[0] switch { "u" => isNamed ? 2 : 1, "g" => isNamed ? 8 : 4, "m" => 16, _ => 32 });
            value[at + 2] = (byte)((parts[2][0] == 'r' ? 4 : 0) | (parts[2][1] == 'w' ? 2 : 0) | (parts[2][2] == 'x' ? 1 : 0));
            uint id = isNamed ? uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : uint.MaxValue;
            BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(at + 4), id);
        }

        return value;
    }

    private static string Decode(ReadOnlySpan<byte> value)
    {
        StringBuilder list = new();
        value[..4].ToArray().ShouldBe(new byte[] { 2, 0, 0, 0 });
        for (int at = 4; at < value.Length; at += 8)
        {
            string who = value[at] switch { 1 or 2 => "u", 4 or 8 => "g", 16 => "m", _ => "o" };
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(value[(at + 4)..]);
            bool isNamed = value[at] is 2 or 8;
            isNamed.ShouldBe(id != uint.MaxValue);
            int rights = value[at + 2];
            string letters = $"{((rights & 4) != 0 ? 'r' : '-')}{((rights & 2) != 0 ? 'w' : '-')}{((rights & 1) != 0 ? 'x' : '-')}";
            list.Append(at > 4 ? "," : string.Empty).Append(System.Globalization.CultureInfo.InvariantCulture, $"{who}:{(isNamed ? id : string.Empty)}:{letters}");
        }

        return list.ToString();
    }
}
