using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tessera.Architecture.Tests;

/// <summary>How large things may grow.</summary>
internal static class SizeRules
{
    public const int MaxTypeLines = 1200;
    public const int FileBudget = 400;
    public const int MethodBudget = 60;
    public const int ParameterBudget = 5;
    public const int MaxFolderLevels = 2;

    public static readonly Rule TypesAreSmall = new(
        $"A type over {MaxTypeLines:N0} lines in all its parts is a god class: give its roles rooms of their own.",
        repository =>
            from part in Types(repository)
            group part.Lines by part.Name into type
            where type.Sum() > MaxTypeLines
            select $"{type.Key}: {type.Sum()} lines in {type.Count()} parts");

    public static readonly Rule FoldersAreShallow = new(
        $"A project has at most {MaxFolderLevels} levels of folders.",
        repository =>
            from file in repository.Sources
            let levels = file.Path.Split('/').Length - 3
            where file.Project.Length > 0 && levels > MaxFolderLevels
            select $"{file.Path}: {levels} levels");

    /// <summary>Over budget, to be looked at: longer files, methods and parameter lists have to be worth it.</summary>
    public static IEnumerable<string> OverBudget(Repository repository) =>
        repository.ProductSources.Where(file => file.LineCount > FileBudget).Select(file => $"{file.Path}: {file.LineCount} lines")
            .Concat(repository.ProductSources.SelectMany(MethodsOverBudget))
            .Concat(FilesWithSeveralTypes(repository));

    private static IEnumerable<string> FilesWithSeveralTypes(Repository repository) =>
        from file in repository.ProductSources
        let types = file.Syntax.Members.SelectMany(Flatten).OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text).Distinct(StringComparer.Ordinal).ToList()
        where types.Count > 1
        select $"{file.Path}: {types.Count} types: {string.Join(", ", types)}";

    private static IEnumerable<string> MethodsOverBudget(RepositoryFile file)
    {
        foreach (BaseMethodDeclarationSyntax method in file.Syntax.DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            string name = method is MethodDeclarationSyntax named ? named.Identifier.Text : method.Kind().ToString();
            int lines = Lines(method);
            if (lines > MethodBudget)
            {
                yield return $"{file.Path}:{file.LineOf(method)}: {name} has {lines} lines";
            }

            // Imports have the shape that the C library gave them.
            bool import = method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() is "LibraryImport" or "DllImport");
            if (!import && method.ParameterList.Parameters.Count > ParameterBudget)
            {
                yield return $"{file.Path}:{file.LineOf(method)}: {name} has {method.ParameterList.Parameters.Count} parameters";
            }
        }
    }

    private static IEnumerable<(string Name, int Lines)> Types(Repository repository) =>
        from file in repository.Sources
        from type in file.Syntax.Members.SelectMany(Flatten).OfType<BaseTypeDeclarationSyntax>()
        select ($"{file.Project}: {type.Identifier.Text}{(type as TypeDeclarationSyntax)?.TypeParameterList}", Lines(type));

    private static IEnumerable<MemberDeclarationSyntax> Flatten(MemberDeclarationSyntax member) =>
        member is BaseNamespaceDeclarationSyntax space ? space.Members.SelectMany(Flatten) : [member];

    private static int Lines(Microsoft.CodeAnalysis.SyntaxNode node)
    {
        Microsoft.CodeAnalysis.FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }
}
