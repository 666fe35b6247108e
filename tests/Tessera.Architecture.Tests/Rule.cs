namespace Tessera.Architecture.Tests;

/// <summary>A rule of the code's shape: the sentence that people know it by, and who breaks it.</summary>
/// <param name="Sentence">Printed when the rule is broken.</param>
/// <param name="Violations">Each as "path: what".</param>
internal sealed record Rule(string Sentence, Func<Repository, IEnumerable<string>> Violations)
{
    public void Check(Repository repository)
    {
        List<string> violations = [.. Violations(repository)];
        violations.ShouldBeEmpty($"{Sentence}\n  {string.Join("\n  ", violations)}\n");
    }
}
