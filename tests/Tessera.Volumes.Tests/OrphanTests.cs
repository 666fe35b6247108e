using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>Files whose last name is gone.</summary>
public sealed class OrphanTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Fact]
    public async Task An_orphan_that_cannot_be_read_does_not_hold_up_the_others()
    {
        VolumeFixture fixture = await NewAsync(new VolumeOptions { BackgroundWriteBack = false, BackgroundWorkers = false });
        ulong[] files = [await FileAsync(fixture, "a"), await FileAsync(fixture, "b"), await FileAsync(fixture, "c")];
        byte[] number = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, files[1]);
        fixture.Store.IsDamaged = key => key.Span.IndexOf(number) == 1;
        foreach (string name in new[] { "a", "b", "c" })
        {
            (await fixture.Volume.UnlinkAsync(Root, RootIno, Name(name))).ShouldBe(FsError.None);
        }

        Array.ForEach(files, fixture.Volume.Forget);

        await fixture.Volume.CollectOrphansAsync();

        fixture.Volume.Counters.Orphans.ShouldBe(1);
        fixture.Memory.ClaimedBlocks.ShouldBe(1);
        fixture.Events.Faults.ShouldHaveSingleItem().ShouldContain($"Inode {files[1]} cannot be deleted");
        await fixture.Volume.CloseAsync();
        await fixture.OpenAsync();
        await fixture.Volume.CollectOrphansAsync();
        fixture.Volume.Counters.Orphans.ShouldBe(0);
        fixture.Memory.ClaimedBlocks.ShouldBe(0);
        await fixture.Volume.CloseAsync();
    }

    private static async Task<ulong> FileAsync(VolumeFixture fixture, string name)
    {
        ulong ino = (await fixture.MakeAsync(RootIno, name)).Ino;
        await fixture.WriteAsync(ino, 0, Pattern(100_000, 1));
        await fixture.FlushAsync(ino);
        return ino;
    }
}
