using System.Text;
using Tessera.Host.CommandLine;
using Tessera.Host.Policies;

namespace Tessera.Host.Tests;

/// <summary>Deny wins, prefixes are whole names, and a line that is no rule is told with its number.</summary>
public sealed class AccessPolicyTests
{
    [Theory]
    [InlineData("a/secret", (int)(AccessRights.None))]
    [InlineData("a/secret/deep/er", (int)(AccessRights.None))]
    [InlineData("a/secrets", (int)(AccessRights.Read | AccessRights.Write))]
    [InlineData("a", (int)(AccessRights.Read | AccessRights.Write))]
    [InlineData("", (int)(AccessRights.Read | AccessRights.Write))]
    [InlineData("bin/ls", (int)(AccessRights.All & ~AccessRights.Delete))]
    public void What_is_denied_is_denied_whatever_allows_it(string path, int rights)
    {
        WorkspacePolicy policy = Parse(
            "# comment",
            "{\"deny\":[\"read\",\"write\",\"execute\",\"delete\"],\"path\":\"/a/secret/\"}",
            "",
            "{\"default\":\"deny\"}",
            "{\"allow\":[\"read\",\"write\"],\"path\":\"/\"}",
            "{\"allow\":[\"execute\"],\"path\":\"bin\"}",
            "{\"allow\":[\"read\",\"write\",\"delete\",\"execute\"],\"path\":\"a/secret/deep\"}",
            "{\"allow\":[\"delete\"],\"path\":\"bin\",\"workspaces\":\"other-*\"}").For("work");

        policy.RightsTo(Encoding.UTF8.GetBytes(path)).ShouldBe((AccessRights)rights);
    }

    [Fact]
    public void Without_a_default_what_is_not_denied_is_allowed_and_rules_of_other_workspaces_say_nothing()
    {
        AccessPolicy policy = Parse("{\"deny\":[\"write\"],\"path\":\"x\",\"workspaces\":\"ann-?\"}");

        policy.For("ann-1").RightsTo("x"u8).ShouldBe(AccessRights.All & ~AccessRights.Write);
        policy.For("ann-12").RightsTo("x"u8).ShouldBe(AccessRights.All);
        policy.For("ann-1").HasRulesBeneath(""u8).ShouldBeTrue();
        policy.For("ann-1").HasRulesBeneath("x"u8).ShouldBeFalse();
        Parse("{\"deny\":[\"write\"],\"path\":\"x/y\"}").For("w").HasRulesBeneath("x"u8).ShouldBeTrue();
        Parse("{\"deny\":[\"write\"],\"path\":\"xx/y\"}").For("w").HasRulesBeneath("x"u8).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "no object")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"x\",\"workspace\":\"y\"}", "'workspace' means nothing")]
    [InlineData("{\"deny\":[\"read\"],\"deny\":[\"write\"],\"path\":\"x\"}", "not JSON")]
    [InlineData("{\"deny\":[\"read\"],\"allow\":[\"read\"],\"path\":\"x\"}", "either allows or denies")]
    [InlineData("{\"path\":\"x\"}", "either allows or denies")]
    [InlineData("{\"deny\":[],\"path\":\"x\"}", "rights are")]
    [InlineData("{\"deny\":[\"reed\"],\"path\":\"x\"}", "rights are")]
    [InlineData("{\"deny\":\"read\",\"path\":\"x\"}", "rights are")]
    [InlineData("{\"deny\":[\"read\"]}", "its path")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"\"}", "its path")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"a/../b\"}", "its path")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"a//b\"}", "its path")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"a\\u0000\"}", "its path")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"\\ud800\"}", "not JSON")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"a\",\"workspaces\":\"a/b\"}", "match no name")]
    [InlineData("{\"deny\":[\"read\"],\"path\":\"a\",\"workspaces\":7}", "match no name")]
    [InlineData("{\"default\":\"maybe\"}", "a default is")]
    [InlineData("{\"default\":\"deny\",\"path\":\"a\"}", "a default is")]
    [InlineData("{\"default\":\"deny\"}", "there is a default above")]
    public void A_line_that_is_no_rule_is_told_with_its_number(string line, string because)
    {
        CommandException refused = Should.Throw<CommandException>(() => Parse("{\"default\":\"allow\"}", "# two", line));

        refused.Code.ShouldBe(ExitCode.Usage);
        refused.Message.ShouldStartWith("Line 3 of policy is no rule: ");
        refused.Message.ShouldContain(because);
    }

    private static AccessPolicy Parse(params string[] lines) => AccessPolicy.Parse(lines, "policy");
}
