using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing;
using Tessera.Testing.Models;
using Tessera.Testing.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Namespace;
using Tessera.Volumes.Repairing;
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

    /// <summary>Who has the volume's key can put any number of names at one position, more than a page of them: neither a listing nor a repair may go on for ever.</summary>
    [Theory]
    [InlineData(VolumeLimits.MaxTies + 1)]
    [InlineData(3_000)]
    public async Task More_names_at_one_position_than_can_be_told_apart_are_damage_to_a_listing(int count)
    {
        VolumeFixture fixture = await NewAsync();
        ulong ino = (await fixture.MakeAsync(RootIno, "file")).Ino;
        await PlantAsync(fixture.Memory, Enumerable.Range(0, count).Select(number => Name($"name-{number}")), position: 77, ino);

        var listing = Task.Run(async () => await fixture.ListAsync(RootIno), TestContext.Current.CancellationToken);

        await Should.ThrowAsync<StoreDamageException>(async () => await listing.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task More_names_at_one_position_than_can_be_told_apart_are_removed_by_a_repair()
    {
        VolumeFixture fixture = await NewAsync();
        ulong ino = (await fixture.MakeAsync(RootIno, "file")).Ino;
        await fixture.Volume.CloseAsync();
        List<byte[]> names = CollidingNames.Make(VolumeLimits.MaxTies + 3, seed: 7);
        await PlantAsync(fixture.Memory, names, EntryName.PositionOf(names[0]), ino);

        var repairing = Task.Run(
            async () => await VolumeRepair.RunAsync(fixture.Memory, [], fixture.Clock, static () => { }, CancellationToken.None), TestContext.Current.CancellationToken);
        VolumeRepairReport repair = await repairing.WaitAsync(TestLimits.Patience, TestContext.Current.CancellationToken);

        repair.Losses.Count(loss => loss.Code == "name-removed").ShouldBe(3);
        (await VolumeChecker.CheckAsync(fixture.Memory, CancellationToken.None)).Findings.ShouldBeEmpty();
        await fixture.OpenAsync();
        (await fixture.ListAsync(RootIno)).Count.ShouldBe(2 + 1 + VolumeLimits.MaxTies);
    }

    private static async Task PlantAsync(MemoryVolumeStore store, IEnumerable<byte[]> names, ulong position, ulong ino)
    {
        var batch = new StoreBatch();
        byte[] key = new byte[StoreLimits.MaxKey];
        byte[] value = new byte[EntryRecord.Size];
        new EntryRecord(ino, EntryRecord.TypeOf(ModeBits.Regular), 0).Encode(value);
        foreach (byte[] name in names)
        {
            batch.Put(key.AsSpan(0, VolumeKeys.Entry(key, RootIno, position, name)), value);
        }

        (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
    }

    private static async Task<FsResult<InodeAttributes>> MakeAsync(VolumeFixture fixture, byte[] name) =>
        await fixture.Volume.MakeNodeAsync(Root, RootIno, name, new NewNode(ModeBits.Regular, 0, default));
}
