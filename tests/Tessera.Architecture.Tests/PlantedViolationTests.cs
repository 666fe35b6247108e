namespace Tessera.Architecture.Tests;

/// <summary>Every rule finds what it is there to find, and leaves alone what is close to it.</summary>
public sealed class PlantedViolationTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tessera-architecture-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_reference_upwards_is_found()
    {
        PlantProject("Tessera.Crypto", "Tessera.Volumes");
        PlantProject("Tessera.Volumes", "Tessera.Core");

        Violations(DependencyRules.ProjectsReferDownwards).ShouldHaveSingleItem().ShouldContain("Tessera.Crypto.csproj: refers to Tessera.Volumes");
    }

    [Fact]
    public void A_project_that_has_no_place_in_the_order_is_found()
    {
        PlantProject("Tessera.Helpers", "Tessera.Core");

        Violations(DependencyRules.ProjectsReferDownwards).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_protocol_library_with_a_reference_is_found()
    {
        PlantProject("Tessera.Fuse", "Tessera.Core");

        Violations(DependencyRules.ProtocolLibrariesKnowNoEngine).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_door_that_knows_a_store_is_found_but_not_one_that_speaks_of_it()
    {
        Plant("src/Tessera.Doors/Good.cs", "// IVolumeStore is below\nsealed class Good;");
        Plant("src/Tessera.Doors/Bad.cs", "using Tessera.Core.Stores;\nsealed class Bad;");
        PlantProject("Tessera.Doors", "Tessera.Volumes");

        Violations(DependencyRules.DoorsSeeFileSystems).Count.ShouldBe(2);
    }

    [Fact]
    public void An_engine_that_names_the_container_is_found()
    {
        Plant("src/Tessera.Volumes/Bad.cs", "using Tessera.Container;\nsealed class Bad;");
        Plant("src/Tessera.Host/Good.cs", "using Tessera.Container;\nsealed class Good;");

        Violations(DependencyRules.OnlyHostNamesAStore).ShouldAllBe(line => line.StartsWith("src/Tessera.Volumes/Bad.cs", StringComparison.Ordinal));
        Violations(DependencyRules.OnlyHostNamesAStore).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_god_class_cut_into_partials_is_found()
    {
        string part = $"namespace N;\npartial class God\n{{\n{new string('\n', (SizeRules.MaxTypeLines / 2) + 1)}}}";
        Plant("src/Tessera.Core/God.One.cs", part);
        Violations(SizeRules.TypesAreSmall).ShouldBeEmpty();
        Plant("src/Tessera.Core/God.Two.cs", part);

        Violations(SizeRules.TypesAreSmall).ShouldHaveSingleItem().ShouldContain("God");
    }

    [Fact]
    public void A_third_level_of_folders_is_found()
    {
        Plant("src/Tessera.Core/A/B/Good.cs", "sealed class Good;");
        Plant("src/Tessera.Core/A/B/C/Bad.cs", "sealed class Bad;");

        Violations(SizeRules.FoldersAreShallow).ShouldHaveSingleItem().ShouldContain("A/B/C/Bad.cs");
    }

    [Fact]
    public void A_second_type_in_a_file_is_reported()
    {
        Plant("src/Tessera.Core/Two.cs", "namespace N;\nsealed class Two { sealed class Inner; }\nenum Other { A }");
        Plant("src/Tessera.Core/One.cs", "namespace N;\nsealed class One { sealed class Inner; }");

        SizeRules.OverBudget(new Repository(_root)).ShouldHaveSingleItem().ShouldContain("Two, Other");
    }

    [Fact]
    public void What_is_over_budget_is_reported()
    {
        string body = new('\n', SizeRules.MethodBudget);
        Plant("src/Tessera.Core/Long.cs", $"sealed class Long {{ void Endless() {{ {body} }} void Wide(int a, int b, int c, int d, int e, int f) {{ }} }}{new string('\n', SizeRules.FileBudget)}");

        SizeRules.OverBudget(new Repository(_root)).Count().ShouldBe(3);
    }

    [Fact]
    public void A_region_is_found()
    {
        Plant("tests/Tessera.Core.Tests/Bad.cs", "sealed class Bad\n{\n#region Fields\n#endregion\n}");

        Violations(ShapeRules.NoRegions).ShouldHaveSingleItem();
    }

    [Fact]
    public void An_open_class_is_found_but_not_a_part_of_a_sealed_one()
    {
        Plant("src/Tessera.Core/Open.cs", "class Open;");
        Plant("src/Tessera.Core/Closed.cs", "sealed partial class Closed;");
        Plant("src/Tessera.Core/Closed.Part.cs", "partial class Closed;");

        Violations(ShapeRules.ClassesAreSealed).ShouldHaveSingleItem().ShouldContain("Open");
    }

    [Fact]
    public void Unfinished_work_is_found()
    {
        Plant("src/Tessera.Core/Bad.cs", "sealed class Bad { void M() => throw new System.NotImplementedException(); }");

        Violations(ShapeRules.NothingUnfinished).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_path_of_this_machine_is_found()
    {
        Plant("docs/guide.md", $"See {"/wo" + "rk/shared"}/notes.md");

        Violations(ShapeRules.NoMachinePaths).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_switch_for_tests_is_found_but_not_a_variable_of_the_system()
    {
        Plant("src/Tessera.Core/Bad.cs", "sealed class Bad { string? S = System.Environment.GetEnvironmentVariable(\"TESSERA_FAST\"); }");
        Plant("src/Tessera.Core/Good.cs", "sealed class Good { string? S = System.Environment.GetEnvironmentVariable(\"PATH\"); }");

        Violations(ShapeRules.ProductReadsNoTestSwitches).ShouldHaveSingleItem().ShouldContain("TESSERA_FAST");
    }

    [Fact]
    public void A_dead_link_is_found_but_not_one_in_code_or_to_the_web()
    {
        Plant("docs/a.md", "[good](b.md#part) [web](https://example.org/x) `[code](none)` [bad](gone.md)");
        Plant("docs/b.md", "b");

        Violations(DocumentRules.LinksResolve).ShouldBe(["docs/a.md: gone.md"]);
    }

    [Fact]
    public void A_promise_that_no_test_shows_is_found()
    {
        Plant("tests/X.Tests/SomeTests.cs", "sealed class SomeTests { void It_works() { } void It_lasts() { } }");
        Plant("docs/semantics.md", """
            # Promises

            1. This works
               and lasts.
               Shown by `SomeTests.It_works`,
               `SomeTests.It_lasts`.
            2. Nobody shows this,
               long as it is.

            3. This was shown once.
               Shown by `SomeTests.It_works`, `SomeTests.Is_gone`.
            """);

        Violations(DocumentRules.PromisesAreShown).ShouldBe(["docs/semantics.md, 2: names no test", "docs/semantics.md, 3: there is no SomeTests.Is_gone"]);
    }

    [Fact]
    public void A_skip_without_a_reason_or_of_a_test_that_is_gone_is_found()
    {
        Plant("tests/X.Tests/SomeTests.cs", "sealed class SomeTests { void It_works() { } }");
        Plant("tests/skips.txt", "# comment\nX.Tests.SomeTests.It_works needs a kernel that has this\nX.Tests.SomeTests.It_works\nX.Tests.SomeTests.Is_gone needs a kernel that has this\n");

        Violations(DocumentRules.SkipsHaveReasons).Count.ShouldBe(2);
    }

    [Fact]
    public void The_message_of_a_broken_rule_has_its_sentence_and_the_place()
    {
        Plant("src/Tessera.Core/Open.cs", "class Open;");

        string message = Should.Throw<ShouldAssertException>(() => ShapeRules.ClassesAreSealed.Check(new Repository(_root))).Message;

        message.ShouldContain(ShapeRules.ClassesAreSealed.Sentence);
        message.ShouldContain("src/Tessera.Core/Open.cs");
    }

    private List<string> Violations(Rule rule) => [.. rule.Violations(new Repository(_root))];

    private void PlantProject(string name, string reference) =>
        Plant($"src/{name}/{name}.csproj", $"<Project><ItemGroup><ProjectReference Include=\"../{reference}/{reference}.csproj\" /></ItemGroup></Project>");

    private void Plant(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
