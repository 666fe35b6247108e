using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>open(2) with O_TMPFILE.</summary>
public sealed class UnnamedFileTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_without_a_name_leaves_nothing_when_it_is_closed_or_its_daemon_killed(bool kill)
    {
        VolumeFixture fixture = await NewAsync();
        OpenedFile file = await MakeAsync(fixture, OpenFlags.ReadWrite);
        file.Attributes.LinkCount.ShouldBe(0U);
        await fixture.WriteAsync(file.Attributes.Ino, 0, Pattern(100_000, 1), file.Handle);
        await fixture.FlushAsync(file.Attributes.Ino);
        (await fixture.ReadAsync(file.Attributes.Ino)).ShouldBe(Pattern(100_000, 1));

        if (kill)
        {
            await fixture.KillAsync();
        }
        else
        {
            await fixture.Volume.ReleaseAsync(file.Attributes.Ino, file.Handle);
            fixture.Volume.Forget(file.Attributes.Ino);
        }

        await fixture.Volume.CollectOrphansAsync();
        await fixture.Volume.CloseAsync();
        fixture.Memory.GetEntries().Select(entry => Convert.ToHexString(entry.Key)).ShouldBe(["01", "100000000000000001"]);
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_without_a_name_is_given_one_and_stays(bool kill)
    {
        VolumeFixture fixture = await NewAsync();
        OpenedFile file = await MakeAsync(fixture, OpenFlags.ReadWrite);
        ulong ino = file.Attributes.Ino;
        await fixture.WriteAsync(ino, 0, Pattern(5000, 1), file.Handle);

        (await fixture.Volume.LinkAsync(Root, ino, RootIno, Name("named"))).Value.LinkCount.ShouldBe(1U);
        await fixture.FlushAsync(ino);
        (await fixture.Volume.ReleaseAsync(ino, file.Handle)).ShouldBe(FsError.None);
        if (kill)
        {
            await fixture.KillAsync();
        }
        else
        {
            fixture.Volume.Forget(ino);
        }

        await fixture.Volume.CollectOrphansAsync();
        (await fixture.LookupAsync(RootIno, "named")).Value.Ino.ShouldBe(ino);
        (await fixture.ReadAsync(ino)).ShouldBe(Pattern(5000, 1));
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("named"))).ShouldBe(FsError.None);
        fixture.Volume.Forget(ino);
        await fixture.Volume.CollectOrphansAsync();
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
    }

    [Fact]
    public async Task What_was_made_exclusive_or_lost_its_last_name_gets_no_name_again()
    {
        VolumeFixture fixture = await NewAsync();
        OpenedFile exclusive = await MakeAsync(fixture, OpenFlags.ReadWrite | OpenFlags.Exclusive);
        OpenedFile unlinked = (await fixture.Volume.CreateAsync(Root, RootIno, Name("f"), 0x1A4, OpenFlags.ReadWrite)).Value;
        (await fixture.Volume.UnlinkAsync(Root, RootIno, Name("f"))).ShouldBe(FsError.None);

        (await fixture.Volume.LinkAsync(Root, exclusive.Attributes.Ino, RootIno, Name("a"))).Error.ShouldBe(FsError.NotFound);
        (await fixture.Volume.LinkAsync(Root, unlinked.Attributes.Ino, RootIno, Name("a"))).Error.ShouldBe(FsError.NotFound);
    }

    private static async Task<OpenedFile> MakeAsync(VolumeFixture fixture, OpenFlags flags)
    {
        FsResult<OpenedFile> made = await fixture.Volume.CreateUnnamedAsync(Root, RootIno, 0x180, flags);
        made.Error.ShouldBe(FsError.None);
        return made.Value;
    }
}
