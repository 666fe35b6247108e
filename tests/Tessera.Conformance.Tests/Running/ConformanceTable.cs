using System.Text;
using Tessera.Conformance.Tests.Mutants;

namespace Tessera.Conformance.Tests.Running;

/// <summary>docs/conformance.md, of the clauses and the deviations. The suite holds both to what the places do, so the table needs no run.</summary>
internal static class ConformanceTable
{
    /// <summary>What somebody may look for among the clauses in vain.</summary>
    private static IReadOnlyList<(string What, string Why)> Unshown { get; } =
    [
        ("EDQUOT", "volumes have no quotas."),
        ("ENFILE", "the limit of the whole machine, which the kernel keeps before it asks any file system; root is exempt. A test would have to lower it for everybody."),
        ("EOVERFLOW of open(2), stat(2) and lseek(2)", "only where off_t has 32 bits."),
        ("EROFS of write(2) on a read-only mount", "no descriptor is open for writing there (`open.2:EROFS`, `mount.2:EBUSY`). On a volume that a fault has turned read-only it is what write(2) gives: `MountedFaultTests.Once_the_volume_is_read_only_every_change_is_refused_at_once`."),
        ("relatime's day", "a mark is made of an access time a day old, however late the last change (mount(8)). The change time cannot be set back without setting the machine's clock: `AccessTimeTests`, on the engine alone."),
    ];

    public static string Text()
    {
        var text = new StringBuilder();
        text.Append("# Conformance\n\n");
        text.Append("Clauses of the manual pages, each with a case in `tests/Tessera.Conformance.Tests`, and how four places keep them; `tessera-dir` is a directory on ext4 served by `tessera mount dir:PATH`. ");
        text.Append("The suite writes this file and fails when it is not current, when a clause is broken that is not listed below, ");
        text.Append("and when a listed one holds again.\n\n");
        text.Append("| place | clauses | kept | deviating |\n|---|---|---|---|\n");
        foreach (string place in PlaceSet.Names)
        {
            int deviating = Deviations.All.Count(one => one.Place == place);
            text.Append($"| {place} | {ConformanceCase.All.Count} | {ConformanceCase.All.Count - deviating} | {deviating} |\n");
        }

        text.Append("\n## What is run\n\n");
        text.Append("- Every commit: every clause in all four places, and each errno of the manual pages' lists (`Manual/errors.txt`) held against the clauses.\n");
        text.Append($"- `./test --campaign mutants --full`: {Mutant.All.Count} wrong engines (`tests/mutants`) are built as the shipped command, and the clause that each names must fail.\n");
        text.Append("- What no clause says is looked for by the differential test, power cuts, kills, damage, faults and fuzzing: [campaigns](../tests/campaigns.md) has their sizes and the last run of each.\n");
        text.Append("- `./test --coverage`: the engine's and the container's own tests must run 85 % of their lines; they run over 89 %.\n");
        text.Append("\n## Deviations\n\n| place | clause | seen instead | reason |\n|---|---|---|---|\n");
        foreach (Deviation one in Deviations.All.OrderBy(one => one.Place, StringComparer.Ordinal).ThenBy(one => one.Clause, StringComparer.Ordinal))
        {
            text.Append($"| {one.Place} | {one.Clause} | {one.Seen} | {one.Reason} |\n");
        }

        text.Append("\n## What has no clause\n\n");
        foreach ((string what, string why) in Unshown)
        {
            text.Append($"- {what}: {why}\n");
        }

        text.Append("\n## Clauses\n\n| clause | says | ext4 | tmpfs | tessera | tessera-dir |\n|---|---|---|---|---|---|\n");
        foreach (ConformanceCase one in ConformanceCase.All.OrderBy(one => one.Clause, StringComparer.Ordinal))
        {
            text.Append($"| {one.Clause} | {one.Text} | {string.Join(" | ", PlaceSet.Names.Select(place => Result(place, one.Clause)))} |\n");
        }

        return text.ToString();
    }

    private static string Result(string place, string clause) => Deviations.Find(place, clause) is null ? "pass" : "deviates";
}
