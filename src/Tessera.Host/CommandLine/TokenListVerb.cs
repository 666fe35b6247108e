using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera token list: the tokens there are, and what each allows.</summary>
internal static class TokenListVerb
{
    public static Command Create()
    {
        Option<string> tokens = TokenVerb.Tokens();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Show the tokens: id, state, what each allows, until when.") { tokens, json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(tokens), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string file, bool json)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        TokenFacts[] tokens = [.. TokenList.Read(file).Entries.Select(entry => TokenFacts.Of(entry, now))];
        if (json)
        {
            FactWriter.WriteJson(tokens, HostJson.Default.TokenFactsArray);
        }
        else
        {
            Print(tokens);
        }

        return (int)ExitCode.Ok;
    }

    private static void Print(TokenFacts[] tokens)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumns("id", "state", "workspaces", "mounts", "allows", "made", "expires");
        foreach (TokenFacts token in tokens)
        {
            string allows = (token.ReadOnly ? "read" : "read, write") + (token.Metrics ? ", metrics" : "") + (token.Enrols ? ", by a certificate" : "");
            table.AddRow(Markup.Escape(token.Id), token.State, token.Workspaces.Length == 0 ? "none" : Markup.Escape(token.Workspaces), Markup.Escape(token.Mounts ?? "none"), allows, Day(token.Created), token.State is "enrolled" ? "with its certificate" : token.Expires is { } expires ? Day(expires) : "never");
        }

        Screen.Output.Write(table);
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
