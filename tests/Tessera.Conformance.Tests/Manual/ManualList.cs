using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Manual;

/// <summary>errors.txt: what the manual pages of a file system's calls say, written from the pages and not from the cases, so that a clause that is missing shows.</summary>
internal static class ManualList
{
    private static readonly string s_file = Path.Combine(TesseraCommand.Root, "tests", "Tessera.Conformance.Tests", "errors.txt");

    public static IReadOnlyList<ManualLine> Lines { get; } = Parse(File.ReadAllLines(s_file));

    /// <summary>Lines are "PAGE SUBJECT: CLAUSE CLAUSE …", or "PAGE SUBJECT - REASON"; a reason "@NAME" stands for that of a line "@NAME REASON". "#" begins a comment.</summary>
    /// <exception cref="FormatException">A line is neither.</exception>
    public static IReadOnlyList<ManualLine> Parse(IEnumerable<string> lines)
    {
        Dictionary<string, string> reasons = new(StringComparer.Ordinal);
        List<ManualLine> parsed = [];
        foreach (string line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] words = line.Split(' ');
            if (line[0] == '@')
            {
                reasons.Add(words[0], line[(words[0].Length + 1)..]);
            }
            else if (words is [var page, var subject, "-", .. var reason])
            {
                string text = string.Join(' ', reason);
                parsed.Add(new ManualLine(page, subject, [], reasons.GetValueOrDefault(text, text)));
            }
            else if (words is [_, [.., ':'], _, ..])
            {
                parsed.Add(new ManualLine(words[0], words[1][..^1], words[2..], string.Empty));
            }
            else
            {
                throw new FormatException($"Neither clauses nor a reason: {line}");
            }
        }

        return parsed;
    }
}
