using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tessera.Architecture.Tests;

/// <summary>One file; its text and syntax are read when first asked for.</summary>
internal sealed class RepositoryFile(string root, string path)
{
    private string? _text;
    private CompilationUnitSyntax? _syntax;

    /// <summary>Relative to the root, with '/'.</summary>
    public string Path { get; } = path;

    public string FullPath => System.IO.Path.Combine(root, Path);

    public string Text => _text ??= File.ReadAllText(FullPath);

    /// <summary>Of a C# file.</summary>
    public CompilationUnitSyntax Syntax => _syntax ??= CSharpSyntaxTree.ParseText(Text).GetCompilationUnitRoot();

    public int LineCount => Text.AsSpan().Count('\n');

    /// <summary>The project it belongs to: "Tessera.Fuse" for src/Tessera.Fuse/Wire/Opcode.cs; empty outside of src, tests, bench and samples.</summary>
    public string Project => Path.Split('/') is [_, var project, _, ..] ? project : string.Empty;

    public int LineOf(Microsoft.CodeAnalysis.SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}
