using Tessera.Core.FileSystem;
using Tessera.Volumes.Checking;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class RenameTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Fact]
    public async Task File_moves_with_its_inode_and_replaces_what_is_there()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes directory = await fixture.MakeDirectoryAsync(RootIno, "d");
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        InodeAttributes old = await fixture.MakeAsync(directory.Ino, "g");
        (await RenameAsync(fixture, (RootIno, "f"), (directory.Ino, "g"))).ShouldBe(FsError.None);
        InodeAttributes moved = (await fixture.LookupAsync(directory.Ino, "g")).Value;
        moved.Ino.ShouldBe(file.Ino);
        moved.ChangeTime.ShouldBeGreaterThan(file.ChangeTime);
        (await fixture.LookupAsync(RootIno, "f")).Error.ShouldBe(FsError.NotFound);
        fixture.Volume.Forget(old.Ino);
        await fixture.Volume.CollectOrphansAsync();
        (await fixture.Volume.GetAttributesAsync(Root, old.Ino)).Error.ShouldBe(FsError.Stale);
    }

    [Fact]
    public async Task Directory_moves_with_its_links()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes a = await fixture.MakeDirectoryAsync(RootIno, "a");
        InodeAttributes b = await fixture.MakeDirectoryAsync(RootIno, "b");
        InodeAttributes inner = await fixture.MakeDirectoryAsync(a.Ino, "x");
        (await RenameAsync(fixture, (a.Ino, "x"), (b.Ino, "y"))).ShouldBe(FsError.None);
        (await fixture.AttributesAsync(a.Ino)).LinkCount.ShouldBe(2U);
        (await fixture.AttributesAsync(b.Ino)).LinkCount.ShouldBe(3U);
        (await fixture.LookupAsync(inner.Ino, "..")).Value.Ino.ShouldBe(b.Ino);
        await fixture.KillAsync();
        (await fixture.LookupAsync(inner.Ino, "..")).Value.Ino.ShouldBe(b.Ino);
        (await fixture.AttributesAsync(a.Ino)).LinkCount.ShouldBe(2U);
    }

    [Fact]
    public async Task Directory_never_comes_to_lie_below_itself()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes a = await fixture.MakeDirectoryAsync(RootIno, "a");
        InodeAttributes b = await fixture.MakeDirectoryAsync(a.Ino, "b");
        InodeAttributes c = await fixture.MakeDirectoryAsync(b.Ino, "c");
        (await RenameAsync(fixture, (RootIno, "a"), (a.Ino, "z"))).ShouldBe(FsError.InvalidArgument);
        (await RenameAsync(fixture, (RootIno, "a"), (c.Ino, "z"))).ShouldBe(FsError.InvalidArgument);
        (await RenameAsync(fixture, (RootIno, "a"), (b.Ino, "c"), RenameFlags.Exchange)).ShouldBe(FsError.InvalidArgument);
        (await RenameAsync(fixture, (b.Ino, "c"), (RootIno, "a"))).ShouldBe(FsError.NotEmpty);
    }

    [Theory]
    [InlineData("file", "directory", RenameFlags.None, FsError.IsDirectory)]
    [InlineData("directory", "file", RenameFlags.None, FsError.NotDirectory)]
    [InlineData("directory", "full", RenameFlags.None, FsError.NotEmpty)]
    [InlineData("directory", "empty", RenameFlags.None, FsError.None)]
    [InlineData("file", "file2", RenameFlags.NoReplace, FsError.Exists)]
    [InlineData("file", "new", RenameFlags.NoReplace, FsError.None)]
    [InlineData("file", "new", RenameFlags.Exchange, FsError.NotFound)]
    [InlineData("file", "full", RenameFlags.Exchange, FsError.None)]
    [InlineData("none", "new", RenameFlags.None, FsError.NotFound)]
    [InlineData("file", "link", RenameFlags.None, FsError.None)]
    [InlineData("file", "new", RenameFlags.Whiteout, FsError.None)]
    [InlineData("file", "file2", RenameFlags.Whiteout | RenameFlags.NoReplace, FsError.Exists)]
    [InlineData("file", "file2", RenameFlags.Whiteout | RenameFlags.Exchange, FsError.InvalidArgument)]
    [InlineData("file", "new", (RenameFlags)8, FsError.InvalidArgument)]
    [InlineData("file", "file2", RenameFlags.NoReplace | RenameFlags.Exchange, FsError.InvalidArgument)]
    public async Task Rename_refuses_what_rename_2_refuses(string from, string to, RenameFlags flags, FsError expected)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "file");
        await fixture.MakeAsync(RootIno, "file2");
        await fixture.Volume.LinkAsync(Root, file.Ino, RootIno, Name("link"));
        await fixture.MakeDirectoryAsync(RootIno, "directory");
        await fixture.MakeDirectoryAsync(RootIno, "empty");
        InodeAttributes full = await fixture.MakeDirectoryAsync(RootIno, "full");
        await fixture.MakeAsync(full.Ino, "x");
        (await RenameAsync(fixture, (RootIno, from), (RootIno, to), flags)).ShouldBe(expected);
    }

    [Fact]
    public async Task Exchange_swaps_a_file_and_a_directory_between_parents()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes a = await fixture.MakeDirectoryAsync(RootIno, "a");
        InodeAttributes b = await fixture.MakeDirectoryAsync(RootIno, "b");
        InodeAttributes file = await fixture.MakeAsync(a.Ino, "f");
        InodeAttributes inner = await fixture.MakeDirectoryAsync(b.Ino, "d");
        (await RenameAsync(fixture, (a.Ino, "f"), (b.Ino, "d"), RenameFlags.Exchange)).ShouldBe(FsError.None);
        (await fixture.LookupAsync(a.Ino, "f")).Value.Ino.ShouldBe(inner.Ino);
        (await fixture.LookupAsync(b.Ino, "d")).Value.Ino.ShouldBe(file.Ino);
        (await fixture.LookupAsync(inner.Ino, "..")).Value.Ino.ShouldBe(a.Ino);
        ((await fixture.AttributesAsync(a.Ino)).LinkCount, (await fixture.AttributesAsync(b.Ino)).LinkCount).ShouldBe((3U, 2U));
    }

    [Theory]
    [InlineData("file", "new")]
    [InlineData("file", "other")]
    [InlineData("directory", "new")]
    [InlineData("directory", "empty")]
    public async Task A_whiteout_takes_the_old_name_and_every_count_agrees(string from, string to)
    {
        foreach (bool sameParent in (bool[])[true, false])
        {
            VolumeFixture fixture = await NewAsync();
            ulong a = (await fixture.MakeDirectoryAsync(RootIno, "a")).Ino;
            ulong b = sameParent ? a : (await fixture.MakeDirectoryAsync(RootIno, "b")).Ino;
            await fixture.MakeAsync(a, "file");
            await fixture.MakeDirectoryAsync(a, "directory");
            await fixture.MakeAsync(b, "other");
            await fixture.MakeDirectoryAsync(b, "empty");
            ulong moved = (await fixture.LookupAsync(a, from)).Value.Ino;

            (await RenameAsync(fixture, (a, from), (b, to), RenameFlags.Whiteout)).ShouldBe(FsError.None);

            (await fixture.LookupAsync(b, to)).Value.Ino.ShouldBe(moved);
            InodeAttributes whiteout = (await fixture.LookupAsync(a, from)).Value;
            (whiteout.Mode, whiteout.Rdev, whiteout.LinkCount).ShouldBe((ModeBits.CharacterDevice, 0U, 1U));
            await fixture.KillAsync();
            await fixture.Volume.CollectOrphansAsync();
            VolumeCheckReport report = await VolumeChecker.CheckAsync(fixture.Memory, TestContext.Current.CancellationToken);
            report.Findings.ShouldBeEmpty();
            (await fixture.LookupAsync(a, from)).Value.Ino.ShouldBe(whiteout.Ino);
            (await fixture.Volume.UnlinkAsync(Root, a, Name(from))).ShouldBe(FsError.None);
        }
    }

    private static async Task<FsError> RenameAsync(
        VolumeFixture fixture, (ulong Parent, string Name) from, (ulong Parent, string Name) to, RenameFlags flags = RenameFlags.None) =>
        await fixture.Volume.RenameAsync(Root, new DirectoryEntry(from.Parent, Name(from.Name)), new DirectoryEntry(to.Parent, Name(to.Name)), flags);
}
