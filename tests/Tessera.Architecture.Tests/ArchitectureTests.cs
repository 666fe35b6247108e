namespace Tessera.Architecture.Tests;

public sealed class ArchitectureTests
{
    private static readonly Repository Own = Repository.Own();

    [Fact]
    public void Projects_refer_downwards() => DependencyRules.ProjectsReferDownwards.Check(Own);

    [Fact]
    public void Protocol_libraries_know_no_engine() => DependencyRules.ProtocolLibrariesKnowNoEngine.Check(Own);

    [Fact]
    public void Doors_see_file_systems_never_a_store() => DependencyRules.DoorsSeeFileSystems.Check(Own);

    [Fact]
    public void Only_host_names_a_concrete_store() => DependencyRules.OnlyHostNamesAStore.Check(Own);

    [Fact]
    public void Types_are_small() => SizeRules.TypesAreSmall.Check(Own);

    [Fact]
    public void Folders_are_shallow() => SizeRules.FoldersAreShallow.Check(Own);

    [Fact]
    public void No_regions() => ShapeRules.NoRegions.Check(Own);

    [Fact]
    public void Classes_are_sealed() => ShapeRules.ClassesAreSealed.Check(Own);

    [Fact]
    public void Nothing_is_unfinished() => ShapeRules.NothingUnfinished.Check(Own);

    [Fact]
    public void No_paths_of_the_machine() => ShapeRules.NoMachinePaths.Check(Own);

    [Fact]
    public void Product_reads_no_test_switches() => ShapeRules.ProductReadsNoTestSwitches.Check(Own);

    [Fact]
    public void Links_in_documents_resolve() => DocumentRules.LinksResolve.Check(Own);

    [Fact]
    public void Promises_are_shown() => DocumentRules.PromisesAreShown.Check(Own);

    [Fact]
    public void Skips_have_reasons() => DocumentRules.SkipsHaveReasons.Check(Own);

    /// <summary>Budgets are for reading, not for gaming: what is over them is printed in the test's output, and someone looks.</summary>
    [Fact]
    public void Budgets_are_reported()
    {
        foreach (string line in SizeRules.OverBudget(Own))
        {
            TestContext.Current.TestOutputHelper!.WriteLine(line);
        }

        Own.ProductSources.ShouldNotBeEmpty();
    }
}
