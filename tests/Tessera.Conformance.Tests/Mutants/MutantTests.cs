using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>The suite notices wrong semantics: each mutant of the engine is built, mounted, and fails the clause that is named in its patch.</summary>
[Trait("Campaign", "mutants")]
public sealed class MutantTests(MutantTree tree) : IClassFixture<MutantTree>
{
    public static IEnumerable<TheoryDataRow<string>> All => Mutant.All.Select(one => new TheoryDataRow<string>(one.Name));

    [Fact]
    public void There_are_enough() => Mutant.All.Count.ShouldBeGreaterThanOrEqualTo(12);

    [Theory]
    [MemberData(nameof(All))]
    public void Patch_applies_to_the_sources_and_names_a_clause(string name)
    {
        var mutant = Mutant.Of(name);
        ConformanceCase.All.ShouldContain(one => one.Clause == mutant.Clause);
        ProgramResult check = Programs.TryRun(new ProgramStart("git", "apply", "--check", mutant.Patch) { Directory = TesseraCommand.Root });
        check.ExitCode.ShouldBe(0, $"The sources have changed: make the patch anew.\n{check}");
    }

    [Fact]
    public void Mutants_are_caught()
    {
        // A build and the suite take minutes: none for every commit.
        (int first, int last) = CampaignSize.Slice(0, Mutant.All.Count);
        Mutant[] built = [.. Mutant.All.Skip(first - 1).Take(last - first + 1)];
        Assert.SkipWhen(built.Length == 0, "Building mutants takes minutes: ./test --campaign mutants --full builds them.");
        tree.FailingClauses(mutant: null).ShouldBeEmpty("the suite fails the sources as they are");
        built.Where(mutant => !tree.FailingClauses(mutant).Contains(mutant.Clause)).Select(mutant => mutant.Name).ShouldBeEmpty("mutants that no clause has noticed");
    }
}
