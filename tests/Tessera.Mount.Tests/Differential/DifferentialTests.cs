using Tessera.Differential;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Differential;

/// <summary>Random programs of system calls, of root's process and an ordinary user's, give the same on a mount as on the machine's own file system (ext4, as a rule).</summary>
[Trait("Campaign", "differential")]
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int FirstSeed = 20_261_121;
    private const int OperationsPerProgram = 400;
    private const int ProgramsPerRemount = 12;

    /// <summary>A mount's marks come by the tick of the clock, for which each call has to wait.</summary>
    private const int ProgramsPerMarks = 4;
    private static readonly string[] s_options = ["-o", "suid,dev,allow_other"];
    private static readonly string s_scripts = Path.Combine(TesseraCommand.Root, "tests", "Tessera.Mount.Tests", "Differential", "Scripts");

    public static TheoryData<string> Scripts => [.. Directory.EnumerateFiles(s_scripts, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>What a rule of the test must find: each is a plausible mistake of a file system.</summary>
    public static TheoryData<string> Faults => [.. s_faults.Keys];

    private static readonly Dictionary<string, Func<Operation, Operation>> s_faults = new(StringComparer.Ordinal)
    {
        ["appends at the offset"] = call => call.Kind == OperationKind.Open ? call with { Flags = call.Flags & ~Syscall.Append } : call,
        ["renames over what is there"] = call => call.Kind == OperationKind.Rename ? call with { Flags = call.Flags & ~1 } : call,
        ["forgets set-user-ID"] = call => call.Kind == OperationKind.ChangeMode ? call with { Flags = call.Flags & 0x3FF } : call,
        ["leaves bytes behind the new end"] = call => call is { Kind: OperationKind.TruncateOpen, Length: > 0 } ? call with { Length = call.Length + 1 } : call,
        ["leaves the time of a write out"] = call => call.Kind == OperationKind.Write ? call with { Kind = OperationKind.WriteWithoutTime } : call,
        ["writes one byte wrong"] = call => call.Kind == OperationKind.Write ? call with { Kind = OperationKind.WriteOtherByte } : call,
        ["grants a lock that another process has"] = call => call.Kind == OperationKind.LockRange && (call.Flags & Executor.AskOnly) == 0 ? call with { Flags = (call.Flags & Executor.OfDescription) | 2 } : call,
    };

    [Fact]
    public async Task Programs_cannot_tell_a_mount_from_another_file_system()
    {
        await using TestVolume volume = Mounted();
        (int first, int last) = CampaignSize.Slice(25, 20_000);
        using (var comparison = new Comparison(Reference(volume), volume.Path))
        {
            for (int number = first; number <= last; number++)
            {
                int seed = FirstSeed + number - 1;
                List<Operation> program = new Generator(seed).Make(OperationsPerProgram);
                bool marks = number % ProgramsPerMarks == 0;
                if (comparison.Run(program, marks, number % ProgramsPerRemount == 0 ? () => volume.Remount(s_options) : null) is { } difference)
                {
                    List<Operation> shortest = comparison.Shrink(program, difference, marks);
                    Assert.Fail($"seed {seed}: {(comparison.Run(shortest, marks) ?? difference).What}\nThe shortest program that shows it:\n{string.Join('\n', shortest)}");
                }
            }
        }

        output.WriteLine($"Programs {first} to {last} of {OperationsPerProgram} calls each, from seed {FirstSeed + first - 1}.");
        volume.Check();
    }

    /// <summary>Programs that showed a difference once.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task What_was_found_stays_mended(string script)
    {
        await using TestVolume volume = Mounted();
        List<Operation> program = [.. File.ReadLines(Path.Combine(s_scripts, script + ".txt")).Where(line => line.Length > 0 && line[0] != '#').Select(Operation.Parse)];
        using (var comparison = new Comparison(Reference(volume), volume.Path))
        {
            comparison.Run(program, marks: false).ShouldBeNull();
            comparison.Run(program, marks: true).ShouldBeNull();
        }

        volume.Check();
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_planted_fault_is_found_and_shrunk_to_a_few_calls(string name)
    {
        await using var place = new HostDirectory();
        string under = Directory.CreateDirectory(Path.Combine(place.Path, "under")).FullName;
        string right = Directory.CreateDirectory(Path.Combine(place.Path, "right")).FullName;
        using var comparison = new Comparison(right, under, s_faults[name]);
        for (int seed = FirstSeed; ; seed++)
        {
            seed.ShouldBeLessThan(FirstSeed + 200, "the fault was not found");
            List<Operation> program = new Generator(seed).Make(OperationsPerProgram);
            if (comparison.Run(program, marks: true) is { } difference)
            {
                List<Operation> shortest = comparison.Shrink(program, difference, marks: true);
                shortest.Count.ShouldBeLessThan(8, string.Join('\n', shortest));
                comparison.Run([.. shortest.Select(operation => Operation.Parse(operation.ToString()))], marks: true).ShouldNotBeNull("the script does not repeat it");
                return;
            }
        }
    }

    private static TestVolume Mounted() => TestVolume.Mounted(s_options);

    private static string Reference(TestVolume volume) => Directory.CreateDirectory(Path.Combine(volume.Scratch, "reference")).FullName;
}
