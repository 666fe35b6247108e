using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests;

/// <summary>docs/conformance.md says what the suite shows. CONFORMANCE_TABLE=write in the environment writes it anew.</summary>
public sealed class ConformanceTableTests
{
    [Fact]
    public void No_two_cases_show_the_same_clause() =>
        ConformanceCase.All.Select(one => one.Clause).ShouldBeUnique();

    [Fact]
    public void Every_deviation_is_of_a_clause_and_has_a_reason()
    {
        Deviations.All.Select(one => (one.Place, one.Clause)).ShouldBeUnique();
        Deviations.All.ShouldAllBe(one =>
            PlaceSet.Names.Contains(one.Place) && ConformanceCase.All.Any(known => known.Clause == one.Clause) && one.Reason.Length > 20);
    }

    [Fact]
    public void The_document_is_current()
    {
        string document = Path.Combine(TesseraCommand.Root, "docs", "conformance.md");
        if (Environment.GetEnvironmentVariable("CONFORMANCE_TABLE") is "write")
        {
            File.WriteAllText(document, ConformanceTable.Text());
        }

        (File.ReadAllText(document) == ConformanceTable.Text()).ShouldBeTrue("Write it anew: CONFORMANCE_TABLE=write ./test --project Conformance --filter The_document");
    }
}
