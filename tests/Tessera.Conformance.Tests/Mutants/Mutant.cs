using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>A plausible wrong semantics of the engine, kept as a patch against the sources: tests/mutants/NN-name.patch.</summary>
/// <param name="Name">The patch's name without its ending.</param>
/// <param name="Clause">The clause that has to catch it; others may too.</param>
internal sealed record Mutant(string Name, string Clause)
{
    private const string ClauseLine = "Caught by: ";

    private static readonly string s_directory = Path.Combine(TesseraCommand.Root, "tests", "mutants");

    public static IReadOnlyList<Mutant> All { get; } = [.. Directory.GetFiles(s_directory, "*.patch").Order(StringComparer.Ordinal).Select(Read)];

    public string Patch => Path.Combine(s_directory, Name + ".patch");

    public static Mutant Of(string name) => All.Single(one => one.Name == name);

    private static Mutant Read(string patch) =>
        new(Path.GetFileNameWithoutExtension(patch), File.ReadLines(patch).Single(line => line.StartsWith(ClauseLine, StringComparison.Ordinal))[ClauseLine.Length..]);
}
