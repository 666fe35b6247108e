using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Tessera.Architecture.Tests;

/// <summary>The text of code for word searches.</summary>
internal static class CodeText
{
    public static string WithoutComments(SyntaxNode root) =>
        root.ReplaceTrivia(root.DescendantTrivia(descendIntoTrivia: false).Where(IsComment), (_, _) => SyntaxFactory.Space).ToFullString();

    private static bool IsComment(SyntaxTrivia trivia) =>
        trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
            or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia;
}
