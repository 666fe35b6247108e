using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Testing.Models;
using Tessera.Testing.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Repairing;
using Tessera.Volumes.Tests.Checking;

namespace Tessera.Volumes.Tests.Repairing;

/// <summary>Repairs of contradictions that nothing lost explains: what was whole is reachable afterwards.</summary>
public sealed class VolumeRepairTests
{
    [Fact]
    public async Task A_directory_below_itself_comes_back_in_lost_and_found_with_all_that_is_in_it()
    {
        PlantedVolume planted = await PlantedVolume.NewAsync();
        planted.MoveIntoItself();
        await planted.CommitAsync();

        VolumeRepairReport repair = await planted.RepairAsync();

        await ShouldBeInOrderAsync(planted.Store);
        repair.Losses.Select(loss => loss.Code).ShouldBe(["name-removed", "name-lost"], ignoreOrder: true);
        repair.Losses.Single(loss => loss.Code == "name-removed").What.ShouldContain("'directory'");
        string found = $"/lost+found/#{planted.Directory}";
        repair.Losses.Single(loss => loss.Code == "name-lost").Path.ShouldBe(found);
        Volume volume = await OpenAsync(planted.Store);
        (await FindAsync(volume, $"{found}/file")).ShouldBe(planted.File);
        (await FindAsync(volume, $"{found}/inner/deep")).ShouldBe(planted.Deep);
        (await FindAsync(volume, $"{found}/inner/directory")).ShouldBeNull();
    }

    /// <summary>A circle of one, and a way into it from outside: the directories below hang on the circle, and are not cut off from it.</summary>
    [Fact]
    public async Task A_directory_in_itself_keeps_what_hangs_on_it()
    {
        PlantedVolume planted = await PlantedVolume.NewAsync();
        planted.Delete(planted.EntryKey(FsLimits.RootInode, "directory"));
        planted.PutEntry(planted.Directory, "self", planted.Directory, ModeBits.Directory);
        planted.EditInode(planted.Directory, (ref InodeRecord record) => record.Parent = planted.Directory);
        await planted.CommitAsync();
        (await VolumeChecker.CheckAsync(planted.Store, CancellationToken.None)).Findings.Select(finding => finding.Code).ShouldContain("directory-cycle");

        await planted.RepairAsync();

        await ShouldBeInOrderAsync(planted.Store);
        Volume volume = await OpenAsync(planted.Store);
        (await FindAsync(volume, $"/lost+found/#{planted.Directory}/inner/deep")).ShouldBe(planted.Deep);
    }

    [Fact]
    public async Task Keys_that_the_format_does_not_have_are_removed_and_told_by_number()
    {
        PlantedVolume planted = await PlantedVolume.NewAsync();
        planted.Put([0x02], [1]);
        planted.Put([0x99, 1], [1]);
        planted.Put([0x99, 2], [1]);
        planted.Put([0xFF, 0xFF, 0xFF], [1]);
        await planted.CommitAsync();

        VolumeRepairReport repair = await planted.RepairAsync();

        await ShouldBeInOrderAsync(planted.Store);
        repair.Losses.ShouldAllBe(loss => loss.Code == "keys-removed");
        repair.Losses.Select(loss => loss.What[0]).ShouldBe(['1', '3']); // 02; 99 and ff lie in one gap.
    }

    [Fact]
    public async Task Keys_of_a_compatible_feature_stay_for_the_program_that_knows_it()
    {
        PlantedVolume planted = await PlantedVolume.NewAsync();
        planted.EditVolume(record => record with { CompatibleFeatures = 2 });
        planted.Put([0x99, 1], [1]);
        await planted.CommitAsync();

        (await planted.RepairAsync()).Losses.ShouldBeEmpty();

        planted.Store.GetEntries().ShouldContain(entry => entry.Key[0] == 0x99);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, 1)]
    public async Task A_volume_of_a_newer_program_is_left_alone(uint format, uint incompatible, uint readOnly)
    {
        PlantedVolume planted = await PlantedVolume.NewAsync();
        planted.EditVolume(record => record with { Format = record.Format + format, IncompatibleFeatures = incompatible, ReadOnlyFeatures = readOnly });
        planted.Put([0x99, 1], [1]);
        planted.MoveIntoItself();
        await planted.CommitAsync();
        string before = Dump(planted.Store);

        await Should.ThrowAsync<VolumeFormatException>(async () => await planted.RepairAsync());

        Dump(planted.Store).ShouldBe(before);
    }

    private static string Dump(MemoryVolumeStore store) =>
        string.Join('\n', store.GetEntries().Select(entry => Convert.ToHexString(entry.Key) + Convert.ToHexString(entry.Value)));

    private static async Task ShouldBeInOrderAsync(MemoryVolumeStore store) =>
        (await VolumeChecker.CheckAsync(store, new VolumeCheckOptions { ReadBlocks = true })).Findings.ShouldBeEmpty();

    private static async Task<Volume> OpenAsync(MemoryVolumeStore store) =>
        await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new SteppingClock());

    private static async Task<ulong?> FindAsync(Volume volume, string path)
    {
        ulong ino = FsLimits.RootInode;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            FsResult<InodeAttributes> found = await volume.LookupAsync(VolumeFixture.Root, ino, VolumeFixture.Name(name));
            if (!found.Ok)
            {
                return null;
            }

            ino = found.Value.Ino;
        }

        return ino;
    }
}
