using System.Diagnostics;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>Random programs on a few files: whatever way bytes are written, every way of reading finds them, also after a remount and after a kill.</summary>
public sealed class ExerciserTests(ITestOutputHelper output)
{
    private const int FirstSeed = 4711;
    private const int Operations = 2_000;

    private static readonly Dictionary<string, Func<FileOperation, FileOperation>> s_faults = new(StringComparer.Ordinal)
    {
        ["a hole one byte short"] = call => call is { Kind: FileOperationKind.PunchHole, Length: > 1 } ? call with { Length = call.Length - 1 } : call,
        ["a mapped write lost"] = call => call.Kind == FileOperationKind.MappedWrite && call.Seed % 8 == 0 ? call with { Kind = FileOperationKind.Sync } : call,
        ["a truncation that leaves a byte"] = call => call is { Kind: FileOperationKind.Truncate, Offset: > 4096 } && call.Offset % 4096 != 0 ? call with { Offset = call.Offset + 1 } : call,
        ["a copy of a byte too few"] = call => call is { Kind: FileOperationKind.CopyRange, Length: > 1 } ? call with { Length = call.Length - 1 } : call,
        ["a direct write of old bytes"] = call => call.Kind == FileOperationKind.DirectWrite && call.Seed % 8 == 0 ? call with { Seed = call.Seed + 2 } : call,
    };

    public static TheoryData<string> Faults => [.. s_faults.Keys];

    [Fact]
    [Trait("Campaign", "integrity")]
    public async Task Every_byte_read_is_the_one_last_written()
    {
        await using TestVolume volume = TestVolume.Mounted();
        (int first, int last) = CampaignSize.Slice(4, 500);
        using (var exerciser = new Exerciser(volume.Path) { Remount = () => volume.Remount(), Kill = () => KillAndMount(volume) })
        {
            long start = Stopwatch.GetTimestamp();
            for (int seed = FirstSeed + first - 1; seed < FirstSeed + last; seed++)
            {
                RunOne(exerciser, seed);
            }

            output.WriteLine($"Programs {first} to {last}, from seed {FirstSeed}, of {Operations} operations each: {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s.");
        }

        volume.Check();
    }

    /// <summary>Proves the test, not Tessera.</summary>
    [Fact]
    [Trait("Campaign", "suite-itself")]
    public async Task The_same_holds_on_the_file_system_of_this_machine()
    {
        await using var place = new HostDirectory();
        using var exerciser = new Exerciser(place.Path);
        RunOne(exerciser, FirstSeed);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("Campaign", "integrity")]
    public async Task A_planted_fault_is_found_and_shrunk_to_a_few_operations(string name)
    {
        await using var place = new HostDirectory();
        using var exerciser = new Exerciser(place.Path) { Fault = s_faults[name] };
        List<FileOperation> program = FileProgram.Make(FirstSeed, Operations);
        Mismatch mismatch = exerciser.Run(program).ShouldNotBeNull("the fault was not found");
        List<FileOperation> shortest = exerciser.Shrink(program, mismatch);
        shortest.Count.ShouldBeLessThan(6, string.Join('\n', shortest));
        exerciser.Run(shortest).ShouldNotBeNull("the short program does not repeat it");
    }

    private static void RunOne(Exerciser exerciser, int seed)
    {
        List<FileOperation> program = FileProgram.Make(seed, Operations);
        if (exerciser.Run(program) is { } mismatch)
        {
            List<FileOperation> shortest = exerciser.Shrink(program, mismatch);
            Assert.Fail($"seed {seed}, operation {mismatch.Operations}: {mismatch.What}\nThe shortest program that shows something:\n{string.Join('\n', shortest)}\n{exerciser.Run(shortest)?.What}");
        }
    }

    private static void KillAndMount(TestVolume volume)
    {
        volume.Kill();
        volume.Mount();
    }
}
