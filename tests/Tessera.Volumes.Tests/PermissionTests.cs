using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>The engine's own checks, for callers no kernel has checked.</summary>
public sealed class PermissionTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private static readonly Caller Owner = new(1000, 100, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller Member = new(2000, 200, 0, Door.Internal, KernelChecked: false) { Groups = new uint[] { 100 } };
    private static readonly Caller Stranger = new(3000, 300, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller Superuser = new(0, 0, 0, Door.Internal, KernelChecked: false);

    [Theory]
    [InlineData(0x180, true, false, false)]
    [InlineData(0x1B0, true, true, false)]
    [InlineData(0x006, false, false, true)]
    [InlineData(0x036, false, true, true)]
    public async Task Class_of_the_caller_decides(uint mode, bool owner, bool member, bool stranger)
    {
        (VolumeFixture fixture, InodeAttributes file) = await WithFileAsync(mode);
        (await OpenAsync(fixture, Owner, file)).ShouldBe(owner ? FsError.None : FsError.AccessDenied);
        (await OpenAsync(fixture, Member, file)).ShouldBe(member ? FsError.None : FsError.AccessDenied);
        (await OpenAsync(fixture, Stranger, file)).ShouldBe(stranger ? FsError.None : FsError.AccessDenied);
        (await OpenAsync(fixture, Superuser, file)).ShouldBe(FsError.None);
        (await fixture.Volume.AccessAsync(Superuser, file.Ino, 1)).ShouldBe(FsError.AccessDenied);
    }

    [Fact]
    public async Task Directory_asks_for_search_to_look_up_write_to_change_read_to_list()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes closed = await fixture.MakeDirectoryAsync(RootIno, "closed", 0x1C0);
        InodeAttributes searchable = await fixture.MakeDirectoryAsync(RootIno, "searchable", 0x1C1);
        await fixture.MakeAsync(searchable.Ino, "f");
        NewNode node = new(ModeBits.Regular, 0, default);
        (await fixture.Volume.LookupAsync(Stranger, closed.Ino, Name("f"))).Error.ShouldBe(FsError.AccessDenied);
        (await fixture.Volume.LookupAsync(Stranger, searchable.Ino, Name("f"))).Error.ShouldBe(FsError.None);
        (await fixture.Volume.MakeNodeAsync(Stranger, searchable.Ino, Name("g"), node)).Error.ShouldBe(FsError.AccessDenied);
        (await fixture.Volume.UnlinkAsync(Stranger, searchable.Ino, Name("f"))).ShouldBe(FsError.AccessDenied);
        (await fixture.Volume.OpenDirectoryAsync(Stranger, searchable.Ino)).Error.ShouldBe(FsError.AccessDenied);
    }

    [Fact]
    public async Task Sticky_directory_lets_only_owners_delete_and_rename()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes tmp = await fixture.MakeDirectoryAsync(RootIno, "tmp", 0x200 | 0x1FF);
        await fixture.MakeAsync(tmp.Ino, "f", ModeBits.Regular | 0x1B6, Owner);
        await fixture.MakeAsync(tmp.Ino, "g", ModeBits.Regular | 0x1B6, Stranger);
        DirectoryEntry theirs = new(tmp.Ino, Name("f"));
        DirectoryEntry mine = new(tmp.Ino, Name("g"));
        (await fixture.Volume.UnlinkAsync(Stranger, tmp.Ino, Name("f"))).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.RenameAsync(Stranger, theirs, new DirectoryEntry(tmp.Ino, Name("x")), RenameFlags.None)).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.RenameAsync(Stranger, mine, theirs, RenameFlags.None)).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.RenameAsync(Owner, theirs, new DirectoryEntry(tmp.Ino, Name("x")), RenameFlags.None)).ShouldBe(FsError.None);
        (await fixture.Volume.UnlinkAsync(Superuser, tmp.Ino, Name("x"))).ShouldBe(FsError.None);
    }

    [Fact]
    public async Task Only_owners_change_modes_and_only_root_gives_files_away()
    {
        (VolumeFixture fixture, InodeAttributes file) = await WithFileAsync(0x1B6);
        AttributeChanges chmod = new() { Mask = AttributeMask.Mode, Mode = 0x1FF };
        AttributeChanges give = new() { Mask = AttributeMask.Uid, Uid = 3000 };
        AttributeChanges regroup = new() { Mask = AttributeMask.Gid, Gid = 300 };
        AttributeChanges times = new() { Mask = AttributeMask.ModifyTime, ModifyTime = new(5, 0) };
        AttributeChanges touch = new() { Mask = AttributeMask.ModifyTimeNow };
        (await SetAsync(fixture, Stranger, file, chmod)).ShouldBe(FsError.NotPermitted);
        (await SetAsync(fixture, Owner, file, chmod)).ShouldBe(FsError.None);
        (await SetAsync(fixture, Owner, file, give)).ShouldBe(FsError.NotPermitted);
        (await SetAsync(fixture, Owner, file, regroup)).ShouldBe(FsError.NotPermitted);
        (await SetAsync(fixture, Owner with { Groups = new uint[] { 300 } }, file, regroup)).ShouldBe(FsError.None);
        (await SetAsync(fixture, Stranger, file, times)).ShouldBe(FsError.NotPermitted);
        (await SetAsync(fixture, Stranger, file, touch)).ShouldBe(FsError.None);
        (await SetAsync(fixture, Superuser, file, give)).ShouldBe(FsError.None);
        (await SetAsync(fixture, Owner, file, chmod)).ShouldBe(FsError.NotPermitted);
    }

    [Theory]
    [InlineData(0xC00 | 0x1ED, 0x1ED)]
    [InlineData(0xC00 | 0x1E4, 0x400 | 0x1E4)]
    public async Task Writing_truncating_and_chown_take_suid_and_executable_sgid(uint before, uint after)
    {
        (VolumeFixture fixture, InodeAttributes file) = await WithFileAsync(before | 0x92);
        after |= 0x92;
        await fixture.Volume.WriteAsync(Stranger, new FileSpan(file.Ino, 0, 0), new byte[10], WriteFlags.None);
        (await ModeAsync(fixture, file)).ShouldBe(0x1FFU & after, "who is not in the file's group takes all sgid");
        await RestoreAsync(fixture, file, before | 0x92);
        await fixture.Volume.WriteAsync(Stranger with { Groups = new uint[] { 100 } }, new FileSpan(file.Ino, 0, 0), new byte[10], WriteFlags.None);
        (await ModeAsync(fixture, file)).ShouldBe(after);
        await RestoreAsync(fixture, file, before | 0x92);
        await fixture.Volume.WriteAsync(Root, new FileSpan(file.Ino, 0, 0), new byte[10], WriteFlags.None);
        (await ModeAsync(fixture, file)).ShouldBe(before | 0x92);
        await fixture.Volume.WriteAsync(Root, new FileSpan(file.Ino, 0, 0), new byte[10], WriteFlags.KillPrivileges);
        (await ModeAsync(fixture, file)).ShouldBe(after);
        await RestoreAsync(fixture, file, before | 0x92);
        await SetAsync(fixture, Root, file, new AttributeChanges { Mask = AttributeMask.Size | AttributeMask.KillPrivileges, Size = 3 });
        (await ModeAsync(fixture, file)).ShouldBe(after);
        await RestoreAsync(fixture, file, before | 0x92);
        await SetAsync(fixture, Root, file, new AttributeChanges { Mask = AttributeMask.Uid, Uid = 9 });
        (await ModeAsync(fixture, file)).ShouldBe(after);
        await fixture.KillAsync();
        (await ModeAsync(fixture, file)).ShouldBe(after);
    }

    [Fact]
    public async Task Capability_goes_with_a_write()
    {
        (VolumeFixture fixture, InodeAttributes file) = await WithFileAsync(0x1ED);
        byte[] name = Name("security.capability");
        (await fixture.Volume.SetXattrAsync(Root, file.Ino, name, new byte[20], XattrFlags.None)).ShouldBe(FsError.None);
        await fixture.Volume.WriteAsync(Root, new FileSpan(file.Ino, 0, 0), new byte[1], WriteFlags.None);
        (await fixture.Volume.GetXattrAsync(Root, file.Ino, name, default)).Value.ShouldBe(20);
        await fixture.Volume.WriteAsync(Root, new FileSpan(file.Ino, 0, 0), new byte[1], WriteFlags.KillPrivileges);
        (await fixture.Volume.GetXattrAsync(Root, file.Ino, name, default)).Error.ShouldBe(FsError.NoData);
        await fixture.Volume.SetXattrAsync(Root, file.Ino, name, new byte[20], XattrFlags.None);
        await SetAsync(fixture, Root, file, new AttributeChanges { Mask = AttributeMask.Gid, Gid = 9 });
        (await fixture.Volume.GetXattrAsync(Root, file.Ino, name, default)).Error.ShouldBe(FsError.NoData);
    }

    [Fact]
    public async Task Handles_read_and_write_as_they_were_opened()
    {
        (VolumeFixture fixture, InodeAttributes file) = await WithFileAsync(0x180);
        ulong reader = (await fixture.Volume.OpenAsync(Owner, file.Ino, OpenFlags.ReadOnly)).Value;
        ulong writer = (await fixture.Volume.OpenAsync(Owner, file.Ino, OpenFlags.WriteOnly | OpenFlags.Append)).Value;
        await RestoreAsync(fixture, file, 0);
        (await fixture.Volume.WriteAsync(Owner, new FileSpan(file.Ino, reader, 0), new byte[1], WriteFlags.None)).Error.ShouldBe(FsError.BadHandle);
        (await fixture.Volume.ReadAsync(Owner, new FileSpan(file.Ino, writer, 0), new byte[1])).Error.ShouldBe(FsError.BadHandle);
        (await fixture.Volume.WriteAsync(Owner, new FileSpan(file.Ino, writer, 0), "ab"u8.ToArray(), WriteFlags.None)).Error.ShouldBe(FsError.None);
        (await fixture.Volume.WriteAsync(Owner, new FileSpan(file.Ino, writer, 0), "cd"u8.ToArray(), WriteFlags.None)).Error.ShouldBe(FsError.None);
        byte[] read = new byte[10];
        (await fixture.Volume.ReadAsync(Owner, new FileSpan(file.Ino, reader, 0), read)).Value.ShouldBe(4);
        read[..4].ShouldBe("abcd"u8.ToArray());
    }

    private static async Task<(VolumeFixture Fixture, InodeAttributes File)> WithFileAsync(uint mode)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f", ModeBits.Regular | mode, Root);
        await SetAsync(fixture, Root, file, new AttributeChanges { Mask = AttributeMask.Uid | AttributeMask.Gid, Uid = 1000, Gid = 100 });
        await RestoreAsync(fixture, file, mode);
        return (fixture, file);
    }

    private static async Task<FsError> OpenAsync(VolumeFixture fixture, Caller caller, InodeAttributes file) =>
        (await fixture.Volume.OpenAsync(caller, file.Ino, OpenFlags.ReadWrite)).Error;

    private static async Task<FsError> SetAsync(VolumeFixture fixture, Caller caller, InodeAttributes file, AttributeChanges changes) =>
        (await fixture.Volume.SetAttributesAsync(caller, file.Ino, changes)).Error;

    private static async Task RestoreAsync(VolumeFixture fixture, InodeAttributes file, uint mode) =>
        (await SetAsync(fixture, Root, file, new AttributeChanges { Mask = AttributeMask.Mode, Mode = mode })).ShouldBe(FsError.None);

    private static async Task<uint> ModeAsync(VolumeFixture fixture, InodeAttributes file) =>
        (await fixture.AttributesAsync(file.Ino)).Mode & ModeBits.PermissionMask;
}
