using System.Text.RegularExpressions;

namespace Tessera.Architecture.Tests;

/// <summary>Documents that lead somewhere, and skips that have a reason.</summary>
internal static partial class DocumentRules
{
    public static readonly Rule LinksResolve = new(
        "A link in a document leads to a file that is there.",
        repository =>
            from document in repository.Files
            where document.Path.EndsWith(".md", StringComparison.Ordinal)
            from Match link in Link().Matches(WithoutCode(document.Text))
            let target = link.Groups["target"].Value
            where IsLocal(target) && !Exists(document, target)
            select $"{document.Path}: {target}");

    public static readonly Rule SkipsHaveReasons = new(
        "A test that may be skipped is listed in tests/skips.txt with its reason, and what is listed exists.",
        repository =>
            from file in repository.Files
            where file.Path is "tests/skips.txt"
            from line in file.Text.Split('\n')
            where line.Length > 0 && line[0] is not '#'
            let parts = line.Split(' ', 2)
            where parts.Length < 2 || parts[1].Trim().Length < 10 || !IsTest(repository, parts[0])
            select $"{file.Path}: {line}");

    public static readonly Rule PromisesAreShown = new(
        "Every promise of docs/semantics.md names tests that exist.",
        repository =>
            from file in repository.Files
            where file.Path is "docs/semantics.md"
            from Match promise in Promise().Matches(file.Text)
            let tests = promise.Groups["tests"].Captures.Select(test => test.Value).ToArray()
            from fault in tests.Length == 0 ? ["names no test"] : tests.Where(test => !IsTest(repository, $"in.{test}")).Select(test => $"there is no {test}")
            select $"{file.Path}, {promise.Groups["number"].Value}: {fault}");

    [GeneratedRegex(@"^(?<number>[0-9]+)\. ([^\n]|\n   )*?(\n   Shown by (`(?<tests>\w+\.\w+)`(,\s+)?)+\.)?$(?!\n   )", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Promise();

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Link();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Code();

    private static string WithoutCode(string text) => Code().Replace(text, string.Empty);

    private static bool IsLocal(string target) =>
        !target.StartsWith('#') && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal);

    private static bool Exists(RepositoryFile document, string target)
    {
        string path = Path.Combine(Path.GetDirectoryName(document.FullPath)!, target.Split('#')[0]);
        return File.Exists(path) || Directory.Exists(path);
    }

    private static bool IsTest(Repository repository, string fullName)
    {
        string[] names = fullName.Split('.');
        return names.Length > 2
            && repository.Sources.Any(file => file.Text.Contains($"class {names[^2]}", StringComparison.Ordinal) && file.Text.Contains($" {names[^1]}(", StringComparison.Ordinal));
    }
}
