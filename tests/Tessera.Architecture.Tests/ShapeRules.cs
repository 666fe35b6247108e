using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tessera.Architecture.Tests;

/// <summary>What does not belong in the code.</summary>
internal static class ShapeRules
{
    public static readonly Rule NoRegions = new(
        "No #region: a part that wants a heading wants a type of its own.",
        repository => repository.Sources
            .Where(file => file.Syntax.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)))
            .Select(file => file.Path));

    public static readonly Rule ClassesAreSealed = new(
        "Classes are sealed, abstract or static.",
        repository =>
            from file in repository.ProductSources
            from type in file.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>()
            where !type.Modifiers.Any(modifier => modifier.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.AbstractKeyword or SyntaxKind.StaticKeyword)
                && !IsPartElsewhereMarked(repository, file, type)
            select $"{file.Path}: {type.Identifier.Text}");

    public static readonly Rule NothingUnfinished = new(
        "What is on main is finished: no NotImplementedException, no note of work left undone.",
        repository =>
            from file in repository.Sources
            where file.Project is not "Tessera.Architecture.Tests"
            from word in new[] { "NotImplementedException", "TO" + "DO", "FIX" + "ME" }
            where file.Text.Contains(word, StringComparison.Ordinal)
            select $"{file.Path}: {word}");

    public static readonly Rule NoMachinePaths = new(
        "Paths of the machine that something was written on do not belong in the repository.",
        repository =>
            from file in repository.Files
            where IsText(file.Path) && file.Project is not "Tessera.Architecture.Tests"
            from word in MachinePaths(repository)
            where file.Text.Contains(word, StringComparison.Ordinal)
            select $"{file.Path}: {word}");

    public static readonly Rule ProductReadsNoTestSwitches = new(
        "Product code has no switches for tests: it reads no environment variable of ours.",
        repository =>
            from file in repository.ProductSources
            from call in file.Syntax.DescendantNodes().OfType<InvocationExpressionSyntax>()
            where call.Expression.ToString().EndsWith("GetEnvironmentVariable", StringComparison.Ordinal)
            let name = call.ArgumentList.Arguments.FirstOrDefault()?.ToString() ?? string.Empty
            where name.Contains("TESSERA", StringComparison.OrdinalIgnoreCase) || name.Contains("\"CI\"", StringComparison.Ordinal) || name.Contains("CAMPAIGN", StringComparison.Ordinal)
            select $"{file.Path}: {name}");

    /// <summary>The folder above the repository, and home directories other than the guides' example users.</summary>
    private static IEnumerable<string> MachinePaths(Repository repository)
    {
        string above = Path.GetDirectoryName(repository.Root)!;
        return above.Length > 1 && above is not "/tmp" and not "/home" ? [above + "/", "/wo" + "rk/wt", "/wo" + "rk/shared"] : ["/wo" + "rk/wt", "/wo" + "rk/shared"];
    }

    private static bool IsPartElsewhereMarked(Repository repository, RepositoryFile file, ClassDeclarationSyntax type) =>
        type.Modifiers.Any(SyntaxKind.PartialKeyword)
        && repository.ProductSources.Where(other => string.Equals(other.Project, file.Project, StringComparison.Ordinal))
            .SelectMany(other => other.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>())
            .Any(other => string.Equals(other.Identifier.Text, type.Identifier.Text, StringComparison.Ordinal)
                && other.Modifiers.Any(modifier => modifier.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.AbstractKeyword or SyntaxKind.StaticKeyword));

    private static bool IsText(string path) =>
        Path.GetExtension(path) is ".cs" or ".md" or ".csproj" or ".props" or ".json" or ".slnx" or ".txt" or ".sh" or ".py" or ".yml" or "";
}
