using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>Tests through the kernel notice mistakes: each mutant of the product is built, mounted, and fails the clause or the test that is named in its patch.</summary>
[Trait("Campaign", "mutants")]
public sealed class MutantTests(MutantTree tree) : IClassFixture<MutantTree>
{
    public static IEnumerable<TheoryDataRow<string>> All => Mutant.All.Select(one => new TheoryDataRow<string>(one.Name));

    [Fact]
    public void There_are_enough() => Mutant.All.Count(one => one.IsCaughtByClause).ShouldBeGreaterThanOrEqualTo(12);

    [Theory]
    [MemberData(nameof(All))]
    public void Patch_applies_to_the_sources_and_names_what_catches_it(string name)
    {
        var mutant = Mutant.Of(name);
        if (mutant.IsCaughtByClause)
        {
            ConformanceCase.All.ShouldContain(one => one.Clause == mutant.CaughtBy);
        }
        else
        {
            string method = $" {mutant.CaughtBy.Split('.')[1]}(";
            Directory.EnumerateFiles(MountSuite.Sources, "*.cs", SearchOption.AllDirectories).ShouldContain(file => File.ReadAllText(file).Contains(method, StringComparison.Ordinal));
        }

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
        tree.FailWithout(built).ShouldBeEmpty("the sources as they are fail");
        built.Where(mutant => !tree.IsCaught(mutant)).Select(mutant => mutant.Name).ShouldBeEmpty("mutants that nothing has noticed");
    }
}
