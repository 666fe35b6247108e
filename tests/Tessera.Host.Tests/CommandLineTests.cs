namespace Tessera.Host.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void Nothing_at_all_is_a_usage_error() => Cli.Run().ExitCode.ShouldBe(2);

    [Fact]
    public void An_unknown_verb_is_named_and_help_is_pointed_to()
    {
        (int code, string output, string error) = Cli.Run("mnt");

        code.ShouldBe(2);
        output.ShouldBeEmpty();
        error.ShouldBe("tessera: Unrecognized command or argument 'mnt'.\nSee 'tessera --help'.\n");
    }

    [Fact]
    public void A_missing_argument_points_to_the_help_of_its_verb() =>
        Cli.Run("key", "remove").Error.ShouldContain("See 'tessera key remove --help'.");

    [Fact]
    public void Help_is_no_error()
    {
        (int code, string output, _) = Cli.Run("umount", "--help");

        code.ShouldBe(0);
        output.ShouldContain("--lazy");
    }

    [Fact]
    public void Version_says_a_version() => Cli.Run("--version").Output.ShouldStartWith("0.1.0");

    [Fact]
    public void Every_exit_code_is_in_the_guide()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "Tessera.slnx")))
        {
            root = root.Parent;
        }

        string guide = File.ReadAllText(Path.Combine(root.FullName, "docs", "guide", "exit-codes.md"));
        foreach (CommandLine.ExitCode code in Enum.GetValues<CommandLine.ExitCode>())
        {
            guide.ShouldContain($"| {(int)code} |");
        }
    }
}
