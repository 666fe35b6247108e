using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>A plausible mistake in the product, kept as a patch against the sources: tests/mutants/NN-name.patch.</summary>
/// <param name="Name">The patch's name without its ending.</param>
/// <param name="CaughtBy">What has to catch it, others may too: a clause of this suite, or a test on a mount, as Class.Method.</param>
internal sealed record Mutant(string Name, string CaughtBy)
{
    private const string CaughtLine = "Caught by: ";

    private static readonly string s_directory = Path.Combine(TesseraCommand.Root, "tests", "mutants");

    public static IReadOnlyList<Mutant> All { get; } = [.. Directory.GetFiles(s_directory, "*.patch").Order(StringComparer.Ordinal).Select(Read)];

    public string Patch => Path.Combine(s_directory, Name + ".patch");

    /// <summary>A clause has a colon, a method's name none.</summary>
    public bool IsCaughtByClause => CaughtBy.Contains(':', StringComparison.Ordinal);

    public static Mutant Of(string name) => All.Single(one => one.Name == name);

    private static Mutant Read(string patch) =>
        new(Path.GetFileNameWithoutExtension(patch), File.ReadLines(patch).Single(line => line.StartsWith(CaughtLine, StringComparison.Ordinal))[CaughtLine.Length..]);
}
