using System.Text.RegularExpressions;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Manual;

/// <summary>errors.txt and the suite have the same errors: no error of a page without a case or a reason, and no case of an error that no page has.</summary>
public sealed partial class ManualListTests
{
    private const int ShortestReason = 15;

    [Fact]
    public void Every_line_names_clauses_of_the_suite_or_a_reason()
    {
        Unknown(ManualList.Lines).ShouldBeEmpty();
        ManualList.Lines.Where(line => line.Clauses.Count == 0).ShouldAllBe(line => line.Reason.Length >= ShortestReason && line.Reason[0] != '@');
        ManualList.Lines.Select(line => (line.Page, line.Subject)).ShouldBeUnique();
    }

    [Fact]
    public void Every_clause_of_an_error_or_a_mark_is_on_its_line() =>
        Unlisted(ConformanceCase.All.Select(one => one.Clause), ManualList.Lines).ShouldBeEmpty();

    [Theory]
    [InlineData("open.2 EISDIR: open.2:EISDIR", "open.2:EISDIR-creat")]
    [InlineData("open.2 EISDIR: open.2:EISDIR open.2:EISDIR-creat", "open.2:ENOENT")]
    [InlineData("chmod.2 marks: chmod.2:ctime", "chmod.2:ctime-same")]
    [InlineData("chmod.2 EISDIR: fchmod.2:ctime", "fchmod.2:ctime")]
    public void A_clause_that_is_not_on_its_line_is_found(string line, string clause) =>
        Unlisted([clause], ManualList.Parse([line])).ShouldBe([clause]);

    [Fact]
    public void A_line_whose_clause_is_gone_is_found() =>
        Unknown(ManualList.Parse(["open.2 EISDIR: open.2:EISDIR open.2:gone"])).ShouldBe(["open.2:gone"]);

    private static IEnumerable<string> Unknown(IEnumerable<ManualLine> lines) =>
        lines.SelectMany(line => line.Clauses).Except(ConformanceCase.All.Select(one => one.Clause), StringComparer.Ordinal);

    private static IEnumerable<string> Unlisted(IEnumerable<string> clauses, IReadOnlyList<ManualLine> lines) =>
        from clause in clauses
        let subject = SubjectOf(clause)
        where subject.Length > 0
        where !lines.Any(line => clause.StartsWith(line.Page + ":", StringComparison.Ordinal) && line.Subject == subject && line.Clauses.Contains(clause, StringComparer.Ordinal))
        select clause;

    /// <summary>What line a clause belongs on; empty for one that is of neither an error nor of times.</summary>
    private static string SubjectOf(string clause)
    {
        string name = clause[(clause.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return Error().Match(name) is { Success: true } error ? error.Value : Mark().IsMatch(name) ? "marks" : string.Empty;
    }

    [GeneratedRegex("(?<=^|-)E(?!OF$)[A-Z0-9]{3,}(?=$|-)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Error();

    [GeneratedRegex("[acm]time|times|quiet", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mark();
}
