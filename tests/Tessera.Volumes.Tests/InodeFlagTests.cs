using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>What chattr(1) protects, root not excepted.</summary>
public sealed class InodeFlagTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private static readonly Caller Checked = Root with { KernelChecked = false };

    public static TheoryData<InodeFlags> Protecting => [InodeFlags.Immutable, InodeFlags.AppendOnly];

    [Theory]
    [MemberData(nameof(Protecting))]
    public async Task A_protected_file_is_not_linked_renamed_removed_or_changed_and_is_again_when_the_flag_is_gone(InodeFlags flag)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.MakeAsync(RootIno, "other");
        await SetAsync(fixture, file.Ino, flag);
        await fixture.KillAsync();

        foreach (Caller caller in new[] { Root, Checked })
        {
            (await fixture.Volume.UnlinkAsync(caller, RootIno, Name("f"))).ShouldBe(FsError.NotPermitted);
            (await fixture.Volume.LinkAsync(caller, file.Ino, RootIno, Name("g"))).Error.ShouldBe(FsError.NotPermitted);
            (await RenameAsync(fixture, caller, "f", "g")).ShouldBe(FsError.NotPermitted);
            (await RenameAsync(fixture, caller, "other", "f")).ShouldBe(FsError.NotPermitted);
            (await ChangeAsync(fixture, file.Ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0 })).ShouldBe(FsError.NotPermitted);
            (await ChangeAsync(fixture, file.Ino, new AttributeChanges { Mask = AttributeMask.Size })).ShouldBe(FsError.NotPermitted);
            (await fixture.Volume.SetXattrAsync(caller, file.Ino, Name("user.a"), new byte[1], XattrFlags.None)).ShouldBe(FsError.NotPermitted);
            (await fixture.Volume.OpenAsync(caller, file.Ino, OpenFlags.WriteOnly)).Error.ShouldBe(FsError.NotPermitted);
            (await fixture.Volume.OpenAsync(caller, file.Ino, OpenFlags.ReadOnly)).Error.ShouldBe(FsError.None);
            FileSpan span = new(file.Ino, 0, 0);
            (await fixture.Volume.AllocateAsync(caller, span, 10, AllocateModes.PunchHole | AllocateModes.KeepSize)).ShouldBe(FsError.NotPermitted);
        }

        await SetAsync(fixture, file.Ino, InodeFlags.None);
        (await RenameAsync(fixture, Root, "f", "g")).ShouldBe(FsError.None);
    }

    [Fact]
    public async Task An_append_only_file_is_appended_to_and_an_immutable_one_is_not()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await SetAsync(fixture, file.Ino, InodeFlags.AppendOnly);
        (await fixture.Volume.OpenAsync(Root, file.Ino, OpenFlags.WriteOnly | OpenFlags.Append | OpenFlags.Truncate)).Error.ShouldBe(FsError.NotPermitted);
        ulong handle = (await fixture.Volume.OpenAsync(Root, file.Ino, OpenFlags.WriteOnly | OpenFlags.Append)).Value;
        await fixture.WriteAsync(file.Ino, 0, Pattern(10, 1), handle);

        await SetAsync(fixture, file.Ino, InodeFlags.Immutable);
        (await fixture.Volume.WriteAsync(Root, new FileSpan(file.Ino, handle, 0), new byte[1], WriteFlags.None)).Error.ShouldBe(FsError.NotPermitted);

        (await fixture.ReadAsync(file.Ino)).ShouldBe(Pattern(10, 1));
    }

    [Fact]
    public async Task A_protected_directory_keeps_its_entries_and_an_append_only_one_takes_new_ones()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        await fixture.MakeAsync(directory.Ino, "old");
        await SetAsync(fixture, directory.Ino, InodeFlags.AppendOnly);
        await fixture.MakeAsync(directory.Ino, "new");
        (await fixture.Volume.UnlinkAsync(Root, directory.Ino, Name("new"))).ShouldBe(FsError.NotPermitted);

        await SetAsync(fixture, directory.Ino, InodeFlags.Immutable);

        NewNode node = new(ModeBits.Regular, 0, default);
        (await fixture.Volume.MakeNodeAsync(Root, directory.Ino, Name("newer"), node)).Error.ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.MakeNodeAsync(Root, directory.Ino, Name("old"), node)).Error.ShouldBe(FsError.Exists);
        (await fixture.Volume.UnlinkAsync(Root, directory.Ino, Name("old"))).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.CreateUnnamedAsync(Root, directory.Ino, 0x180, OpenFlags.ReadWrite)).Error.ShouldBe(FsError.NotPermitted);
        DirectoryEntry from = new(directory.Ino, Name("old"));
        (await fixture.Volume.RenameAsync(Root, from, new DirectoryEntry(RootIno, Name("old")), RenameFlags.None)).ShouldBe(FsError.NotPermitted);
    }

    [Fact]
    public async Task Only_owners_set_flags_and_only_root_protects()
    {
        VolumeFixture fixture = await NewAsync();
        var user = new Caller(1000, 1000, 1, Door.Internal, KernelChecked: false);
        InodeAttributes own = await fixture.MakeAsync(RootIno, "own");
        AttributeChanges give = new() { Mask = AttributeMask.Uid, Uid = 1000 };
        (await fixture.Volume.SetAttributesAsync(Root, own.Ino, give)).Error.ShouldBe(FsError.None);
        InodeAttributes roots = await fixture.MakeAsync(RootIno, "roots");
        AttributeChanges noDump = new() { Mask = AttributeMask.Flags, Flags = InodeFlags.NoDump };
        AttributeChanges immutable = new() { Mask = AttributeMask.Flags, Flags = InodeFlags.Immutable };

        (await fixture.Volume.SetAttributesAsync(user, own.Ino, noDump)).Value.Flags.ShouldBe(InodeFlags.NoDump);
        (await fixture.Volume.SetAttributesAsync(user, own.Ino, immutable)).Error.ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.SetAttributesAsync(user, roots.Ino, noDump)).Error.ShouldBe(FsError.NotPermitted);
    }

    private static async Task SetAsync(VolumeFixture fixture, ulong ino, InodeFlags flags) =>
        (await ChangeAsync(fixture, ino, new AttributeChanges { Mask = AttributeMask.Flags, Flags = flags })).ShouldBe(FsError.None);

    private static async Task<FsError> ChangeAsync(VolumeFixture fixture, ulong ino, AttributeChanges changes) =>
        (await fixture.Volume.SetAttributesAsync(Root, ino, changes)).Error;

    private static async Task<FsError> RenameAsync(VolumeFixture fixture, Caller caller, string from, string to) =>
        await fixture.Volume.RenameAsync(caller, new DirectoryEntry(RootIno, Name(from)), new DirectoryEntry(RootIno, Name(to)), RenameFlags.None);
}
