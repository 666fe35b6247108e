using System.Text.RegularExpressions;

namespace Tessera.Mount.Tests.Documents;

/// <summary>What a document's <c>sh</c> block is for, as the comment in front of it says.</summary>
internal enum BlockUse
{
    /// <summary>No comment: not allowed.</summary>
    Unmarked,

    /// <summary><c>&lt;!-- run --&gt;</c>: it works as it stands, for a user with an empty home directory.</summary>
    Run,

    /// <summary><c>&lt;!-- not run: reason --&gt;</c>.</summary>
    NotRun,

    /// <summary><c>&lt;!-- given … --&gt;</c>: commands that readers do not see, for what the document takes for granted.</summary>
    Given,
}

/// <summary>Commands in a document.</summary>
internal sealed partial record DocumentBlock(string Document, int Line, BlockUse Use, string Commands)
{
    public override string ToString() => $"{Document}:{Line}";

    /// <summary>All documents of the repository, relative to its root.</summary>
    public static IEnumerable<string> Documents(string root) =>
        from path in Directory.EnumerateFiles(root, "*.md", SearchOption.TopDirectoryOnly)
            .Concat(Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories))
        orderby path
        select Path.GetRelativePath(root, path);

    /// <summary>The blocks of a document in their order.</summary>
    public static List<DocumentBlock> Of(string root, string document)
    {
        string text = File.ReadAllText(Path.Combine(root, document));
        return
        [
            .. from Match match in Block().Matches(text)
               let line = text.AsSpan(0, match.Index).Count('\n') + 1
               select match.Groups["given"].Success
                   ? new DocumentBlock(document, line, BlockUse.Given, match.Groups["given"].Value)
                   : new DocumentBlock(document, line, UseOf(match.Groups["mark"].Value), match.Groups["shown"].Value),
        ];
    }

    private static BlockUse UseOf(string mark) => mark switch
    {
        "run" => BlockUse.Run,
        _ when Reason().IsMatch(mark) => BlockUse.NotRun,
        _ => BlockUse.Unmarked,
    };

    [GeneratedRegex(@"<!-- given\n(?<given>.*?)-->|(<!-- (?<mark>[^\n]*) -->\n)?```sh\n(?<shown>.*?)```", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();

    [GeneratedRegex(@"^not run: .{10,}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Reason();
}
