using System.Text;
using Tessera.Container.Format;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>The damage campaign finds mistakes of reading and repairing, and each kind of mixture of two states.</summary>
[Trait("Campaign", "damage")]
public sealed class PlantedDamageTests(ITestOutputHelper output)
{
    private const int MostSeeds = 25;
    private static readonly Caller Root = new(0, 0, 1, Door.Internal, KernelChecked: true);

    /// <summary>What brings a piece of the state a while before into the last one.</summary>
    private static Dictionary<string, Func<DamagedVolume, Volume, Task>> Mixtures { get; } = new(StringComparer.Ordinal)
    {
        ["a deleted name is back"] = MakeDeletedAsync,
        ["an overwritten file has its older bytes"] = OverwriteAsync,
        ["a renamed file has its older name"] = RenameBackAsync,
    };

    public static TheoryData<string> MixtureNames => [.. Mixtures.Keys];

    [Fact]
    public async Task A_reader_that_makes_zeros_of_damage_is_caught() =>
        await ShouldBeCaughtAsync(new PlantedMistakes { Reading = static store => new ZeroingStore(store) }, static seed => (2 * seed) + 1);

    [Fact]
    public async Task A_repair_that_forgets_to_list_a_file_is_caught() =>
        await ShouldBeCaughtAsync(new PlantedMistakes { Listing = static losses => [.. losses.Skip(1)] }, static seed => 2 * seed);

    [Fact]
    public async Task A_repair_that_takes_lost_ranges_for_holes_is_caught() =>
        await ShouldBeCaughtAsync(new PlantedMistakes { Telling = static _ => Array.Empty<KeyRange>() }, static seed => 2 * seed);

    [Theory]
    [MemberData(nameof(MixtureNames))]
    public async Task A_mixture_of_two_states_is_caught(string mixture)
    {
        DamagedVolume volume = await MakeAsync();
        await volume.JudgeAsync(volume.Image.Clone(), "unharmed", volume.KnownDurable);

        var mistake = new PlantedMistakes { Spoiling = mounted => Mixtures[mixture](volume, mounted) };
        SimulationFailureException caught = await Should.ThrowAsync<SimulationFailureException>(
            () => volume.JudgeAsync(volume.Image.Clone(), mixture, volume.KnownDurable, mistake));

        output.WriteLine($"Caught: {caught.Message}");
        caught.InnerException.ShouldBeOfType<SimulationFailureException>("found by the comparison, and not by something that went wrong on the way to it");
    }

    private static Task<DamagedVolume> MakeAsync() => DamagedVolume.OfAsync(new TestContainer(ContainerProfile.Sealed, PlacementKind.Local));

    private async Task ShouldBeCaughtAsync(PlantedMistakes mistake, Func<int, int> seedOf)
    {
        DamagedVolume volume = await MakeAsync();
        for (int seed = 1; seed <= MostSeeds; seed++)
        {
            DiskImage image = volume.Image.Clone();
            string what = DamageCampaignTests.Damage(image, volume, new Random(seed), seedOf(seed));
            try
            {
                await volume.JudgeAsync(image, what, volume.KnownDurable, mistake);
            }
            catch (SimulationFailureException caught)
            {
                output.WriteLine($"Caught by seed {seed}: {caught.Message.Split('\n')[0]}");
                return;
            }
        }

        Assert.Fail("The planted bug went unnoticed.");
    }

    private static async Task MakeDeletedAsync(DamagedVolume volume, Volume mounted)
    {
        KnownNode gone = volume.OlderState.Nodes.First(node => !volume.History.Last.Nodes.ContainsKey(node.Key)).Value;
        await mounted.MakeNodeAsync(Root, gone.Parent, Encoding.UTF8.GetBytes(gone.Name), new NewNode(ModeBits.Regular | 0x1A4, 0, default));
    }

    private static async Task OverwriteAsync(DamagedVolume volume, Volume mounted)
    {
        (ulong ino, KnownNode older) = volume.OlderState.Nodes.First(node =>
            node.Value.Content is { Length: > 0 } content
            && volume.History.Last.Nodes.TryGetValue(node.Key, out KnownNode? now)
            && now.Content!.Length == content.Length && !now.Content.AsSpan().SequenceEqual(content));
        await mounted.WriteAsync(Root, new FileSpan(ino, 0, 0), older.Content!, WriteFlags.None);
    }

    private static async Task RenameBackAsync(DamagedVolume volume, Volume mounted)
    {
        (ulong ino, KnownNode older) = volume.OlderState.Nodes.First(node =>
            volume.History.Last.Nodes.TryGetValue(node.Key, out KnownNode? now) && !node.Value.IsDirectory && now.Name != node.Value.Name);
        KnownNode now = volume.History.Last.Nodes[ino];
        await mounted.RenameAsync(
            Root,
            new DirectoryEntry(now.Parent, Encoding.UTF8.GetBytes(now.Name)),
            new DirectoryEntry(older.Parent, Encoding.UTF8.GetBytes(older.Name)),
            RenameFlags.None);
    }
}
