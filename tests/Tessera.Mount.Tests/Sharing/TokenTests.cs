using System.Globalization;
using System.Text.Json.Nodes;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Each client has a token of its own, which allows so much for so long.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_token_is_told_once_and_good_for_its_names_only_and_ends_its_session_when_it_is_revoked()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--workspaces", "wo*");
        string other = Create(tokens, "--workspaces", "other");
        await using var workspace = new SharedWorkspace("--tokens", tokens, "--grace", "60") { ClientToken = Keep(directory, token) };
        workspace.Share();
        Programs.Shell(workspace.Path, "echo x > f");

        ProgramResult elsewhere = Share(workspace, Keep(directory, other));
        string list = TesseraCommand.Do("token", "revoke", token.Split('.')[0], "--tokens", tokens) + TesseraCommand.Do("token", "list", "--tokens", tokens, "--json");
        workspace.WaitFor(() => !workspace.IsMounted && workspace.Client!.HasExited, "A revoked token goes on");
        ProgramResult again = Share(workspace, Keep(directory, token));

        File.ReadAllText(tokens).ShouldNotContain(token.Split('.')[1]);
        File.GetUnixFileMode(tokens).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        elsewhere.ExitCode.ShouldBe(1, elsewhere.ToString());
        elsewhere.Error.ShouldContain("not for a workspace of that name");
        list.ShouldContain("\"revoked\"");
        list.ShouldNotContain(token);
        workspace.Client!.ExitCode.ShouldBe(1);
        workspace.Text().ShouldContain($"The token {token.Split('.')[0]} was revoked.");
        again.ExitCode.ShouldBe(1, again.ToString());
        again.Error.ShouldContain("does not accept the token");
        workspace.Client = null;
        workspace.Check();
    }

    [Fact]
    public async Task What_is_shared_with_a_read_only_token_is_mounted_read_only_until_the_token_expires()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--workspaces", "work", "--read-only", "--expires", "30d");
        await using var workspace = new SharedWorkspace("--tokens", tokens) { ClientToken = Keep(directory, token) };
        File.WriteAllText(Path.Combine(workspace.Source, "f"), "x");
        workspace.Share();
        Programs.Shell(workspace.Path, "test \"$(cat f)\" = x; ! touch f 2>/dev/null; ! touch g 2>/dev/null; ! rm f 2>/dev/null");

        // By hand, and not as it should be: what was read before stays in force. Then an expiry that is still to come when the file is read.
        string line = File.ReadAllText(tokens);
        Replace(tokens, line + "{}\n");
        workspace.WaitFor(() => workspace.Text().Contains("What the file said before stays in force", StringComparison.Ordinal), "The change was not seen");
        workspace.IsMounted.ShouldBeTrue();
        JsonNode entry = JsonNode.Parse(line)!;
        entry["expires"] = TimeProvider.System.GetUtcNow().AddSeconds(3).ToString("o", CultureInfo.InvariantCulture);
        Replace(tokens, entry.ToJsonString() + "\n");

        workspace.WaitFor(() => !workspace.IsMounted && workspace.Client!.HasExited, "An expired token goes on");
        workspace.Text().ShouldContain($"The token {token.Split('.')[0]} has expired.");
        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("x");
        Share(workspace, Keep(directory, token)).Error.ShouldContain("does not accept the token");
        workspace.Client = null;
        workspace.Check();
    }

    [Fact]
    public async Task Metrics_are_told_to_tokens_that_were_made_for_it()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string reader = Create(tokens, "--workspaces", "none", "--metrics");
        string other = Create(tokens, "--workspaces", "*");
        await using var workspace = new SharedWorkspace("--tokens", tokens);

        string[] codes = [.. new[] { reader, other, reader[..^1] + "x" }.Select(token => Programs.Run(
            "/", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Via: 1.1 proxy", "-H", $"Authorization: Bearer {token}", $"http://{workspace.Address}/metrics"))];

        codes.ShouldBe(["200", "401", "401"]);
        workspace.Check();
    }

    [Theory]
    [InlineData("not that of a token", "{}", 0x180)]
    [InlineData("not that of a token", "{\"id\":\"a\",\"sha256\":\"00\",\"workspaces\":\"*\",\"created\":\"2026-01-01T00:00:00Z\"}", 0x180)]
    [InlineData("not that of a token", "{\"id\":\"a\",\"sha256\":\"HASH\",\"workspaces\":\"*\",\"created\":\"2026-01-01T00:00:00Z\",\"write_only\":true}", 0x180)]
    [InlineData("may write", "", 0x190)]
    public void A_file_of_tokens_that_is_none_or_that_others_may_write_is_refused(string because, string line, int mode)
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        File.WriteAllText(tokens, line.Replace("HASH", new string('0', 64), StringComparison.Ordinal) + "\n");
        File.SetUnixFileMode(tokens, (UnixFileMode)mode);

        ProgramResult refused = TesseraCommand.Run("serve", "--listen", "127.0.0.1:0", "--tokens", tokens, "--workspaces", directory.Path);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(because);
    }

    private static string Create(string tokens, params string[] scope) => TesseraCommand.Do(["token", "create", "--tokens", tokens, .. scope]).Trim();

    private static void Replace(string file, string text)
    {
        File.WriteAllText($"{file}.new", text);
        File.Move($"{file}.new", file, overwrite: true);
    }

    private static string Keep(ScratchDirectory directory, string token)
    {
        string file = Path.Combine(directory.Path, $"token-{token.Split('.')[0]}");
        File.WriteAllText(file, token);
        return file;
    }

    private static ProgramResult Share(SharedWorkspace workspace, string tokenFile) =>
        TesseraCommand.Run("share", workspace.Source, workspace.Url(workspace.Address), "--token-file", tokenFile);
}
