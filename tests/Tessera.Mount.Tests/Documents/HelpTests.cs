using System.Text.RegularExpressions;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Documents;

/// <summary>The table of commands and what <c>--help</c> says are the same.</summary>
public sealed partial class HelpTests
{
    private const string Document = "docs/guide/commands.md";

    /// <summary>The document says once for all commands what these are.</summary>
    private static readonly HashSet<string> s_common =
        ["--help", "--version", "--json", "--passphrase-file", "--passphrase-command", "--new-passphrase-file", "--new-passphrase-command", "--key-file", "--new-key-file", "--key-memory",
        "--accept-rollback", "--no-remember", "--fido2", "--fido2-pin-file", "--new-fido2", "--new-fido2-pin-file"];

    [Fact]
    public void The_table_of_commands_has_every_verb_and_option_of_help_and_no_other()
    {
        string text = File.ReadAllText(Path.Combine(TesseraCommand.Root, Document)).Split("## Options of")[0];
        string[] documented = [.. (from Match row in Row().Matches(text) from line in LinesOf(row.Value) select line).Order(StringComparer.Ordinal)];
        // A list: what fails is compared line by line for its message, and each look at a query would run every command anew.
        string[] helped = [.. VerbsOfHelp().SelectMany(Lines).Order(StringComparer.Ordinal)];

        documented.ShouldBe(helped);
    }

    /// <summary>A row about one verb may name its options anywhere; one about several names them in each one's usage.</summary>
    private static IEnumerable<string> LinesOf(string row)
    {
        MatchCollection verbs = Verb().Matches(row[..row.IndexOf(" | ", StringComparison.Ordinal)]);
        return from verb in verbs
               let name = verb.Groups["name"].Value
               from line in Options(verbs.Count == 1 ? row : verb.Value).Select(option => $"{name} {option}").Prepend(name)
               select line;
    }

    private static IEnumerable<string> Lines(string verb) =>
        [verb, .. Options(TesseraCommand.Do([.. verb.Split(' '), "--help"])).Select(option => $"{verb} {option}")];

    private static IEnumerable<string> Options(string text) =>
        (from Match option in Option().Matches(text) select option.Value).Where(option => !s_common.Contains(option)).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> VerbsOfHelp(string of = "")
    {
        string help = TesseraCommand.Do([.. of.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        string[] verbs = [.. from Match verb in Command().Matches(help) select $"{of} {verb.Groups["name"].Value}".Trim()];
        return verbs.Length == 0 ? [of] : verbs.SelectMany(VerbsOfHelp);
    }

    [GeneratedRegex(@"^\| `.*$", RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Row();

    /// <summary>In code marks: the verb in small letters, then places in capitals and options.</summary>
    [GeneratedRegex(@"`(?<name>[a-z]+( [a-z]+)?)( [A-Z[\\-][^`]*)?`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Verb();

    [GeneratedRegex("--[a-z][a-z0-9-]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Option();

    [GeneratedRegex(@"(?<=\nCommands:\n(.*\n)*)  (?<name>[a-z]+) .*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Command();
}
