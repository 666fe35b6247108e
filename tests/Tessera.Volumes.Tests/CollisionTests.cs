using Tessera.Core.FileSystem;
using Tessera.Testing.Models;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class CollisionTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Fact]
    public async Task Names_at_one_position_are_created_found_listed_renamed_and_removed()
    {
        VolumeFixture fixture = await NewAsync();
        List<byte[]> names = CollidingNames.Make(VolumeLimits.MaxTies + 1, seed: 7);
        List<ulong> inos = [];
        foreach (byte[] name in names.Take(VolumeLimits.MaxTies))
        {
            inos.Add((await MakeAsync(fixture, name)).Value.Ino);
        }

        (await MakeAsync(fixture, names[^1])).Error.ShouldBe(FsError.NoSpace);
        (await MakeAsync(fixture, names[3])).Error.ShouldBe(FsError.Exists);
        await fixture.KillAsync();
        for (int i = 0; i < VolumeLimits.MaxTies; i++)
        {
            (await fixture.Volume.LookupAsync(Root, RootIno, names[i])).Value.Ino.ShouldBe(inos[i]);
        }

        (await fixture.Volume.RenameAsync(
            Root, new DirectoryEntry(RootIno, names[0]), new DirectoryEntry(RootIno, Name("away")), RenameFlags.None)).ShouldBe(FsError.None);
        (await fixture.Volume.RenameAsync(
            Root, new DirectoryEntry(RootIno, Name("away")), new DirectoryEntry(RootIno, names[^1]), RenameFlags.None)).ShouldBe(FsError.None);
        (await fixture.Volume.LookupAsync(Root, RootIno, names[^1])).Value.Ino.ShouldBe(inos[0]);
        (await fixture.Volume.UnlinkAsync(Root, RootIno, names[5])).ShouldBe(FsError.None);
        (await fixture.ListAsync(RootIno, pageSize: 1)).Select(entry => entry.Attributes.Ino).Skip(2)
            .ShouldBe(inos.Where(ino => ino != inos[5]), ignoreOrder: true);
    }

    [Fact]
    public async Task Listing_across_a_tie_neither_skips_nor_repeats_while_one_of_it_goes()
    {
        VolumeFixture fixture = await NewAsync();
        List<byte[]> names = CollidingNames.Make(8, seed: 9);
        List<ulong> inos = [];
        foreach (byte[] name in names)
        {
            inos.Add((await MakeAsync(fixture, name)).Value.Ino);
        }

        List<ulong> seen = [];
        ulong cookie = 2;
        for (bool full = true; full;)
        {
            CollectingSink sink = new(1);
            (await fixture.Volume.ReadDirectoryAsync(Root, RootIno, cookie, sink)).ShouldBe(FsError.None);
            full = sink.IsFull;
            seen.AddRange(sink.Entries.Select(entry => entry.Attributes.Ino));
            cookie = full ? sink.Entries[^1].Cookie : cookie;
            if (seen.Count == 3)
            {
                // The first three are behind the reader; taking them away must not move the rest.
                foreach (ulong ino in seen)
                {
                    await fixture.Volume.UnlinkAsync(Root, RootIno, names[inos.IndexOf(ino)]);
                }
            }
        }

        seen.ShouldBe(inos, ignoreOrder: true);
    }

    private static async Task<FsResult<InodeAttributes>> MakeAsync(VolumeFixture fixture, byte[] name) =>
        await fixture.Volume.MakeNodeAsync(Root, RootIno, name, new NewNode(ModeBits.Regular, 0, default));
}
