using System.Text.Json;
using Tessera.Crypto;

namespace Tessera.Host.Tests;

public sealed class InitVerbTests : IDisposable
{
    private const string CheapKey = "8M";

    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-init-").FullName;
    private readonly string _volume;

    public InitVerbTests()
    {
        _volume = Path.Combine(_directory, "vault");
        File.WriteAllText(Path.Combine(_directory, "passphrase"), "open sesame\n");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_new_volume_is_readable_by_its_owner_only_and_its_recovery_code_is_all_that_is_printed()
    {
        (int code, string output, string error) = Init();

        code.ShouldBe(0, error);
        output.Trim().Length.ShouldBe(RecoveryCode.TextLength);
        File.GetUnixFileMode(_volume).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.EnumerateFileSystemEntries(_directory).Count().ShouldBe(2); // Nothing unfinished is left beside it.
    }

    [Fact]
    public void Info_tells_of_a_volume_without_a_passphrase()
    {
        Init("--algorithm", "chacha").ExitCode.ShouldBe(0);

        JsonElement facts = JsonDocument.Parse(Cli.Run("info", "--json", _volume).Output).RootElement;

        facts.GetProperty("mounted").GetBoolean().ShouldBeFalse();
        facts.GetProperty("in_use").GetBoolean().ShouldBeFalse();
        JsonElement header = facts.GetProperty("header");
        header.GetProperty("algorithm").GetString().ShouldBe("chacha20-poly1305");
        header.GetProperty("placement").GetString().ShouldBe("local");
        Cli.Run("info", _volume).Output.ShouldContain(header.GetProperty("volume_id").GetString()!);
    }

    [Fact]
    public void A_plain_volume_asks_for_no_passphrase_and_has_no_recovery_code()
    {
        (int code, string output, _) = Cli.Run("init", _volume, "--profile", "plain");

        code.ShouldBe(0);
        output.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_there_already_is_left_alone()
    {
        File.WriteAllText(_volume, "mine");

        Init().ExitCode.ShouldBe(2);

        File.ReadAllText(_volume).ShouldBe("mine");
    }

    [Fact]
    public void A_missing_directory_is_named()
    {
        (int code, _, string error) = Cli.Run("init", Path.Combine(_directory, "none", "vault"), "--profile", "plain");

        code.ShouldBe(2);
        error.ShouldContain($"mkdir -p {_directory}/none");
    }

    [Theory]
    [InlineData("--size", "1M")]
    [InlineData("--size", "much")]
    [InlineData("--profile", "secret")]
    [InlineData("--key-memory", "1K")]
    public void A_value_beyond_its_limits_is_a_usage_error_and_makes_nothing(string option, string value)
    {
        Init(option, value).ExitCode.ShouldBe(2);

        File.Exists(_volume).ShouldBeFalse();
    }

    [Fact]
    public void Without_a_terminal_nothing_is_asked()
    {
        Cli.Run("init", _volume).ExitCode.ShouldBe(2);

        File.Exists(_volume).ShouldBeFalse();
    }

    private (int ExitCode, string Output, string Error) Init(params string[] more)
    {
        string[] cost = more.Contains("--key-memory", StringComparer.Ordinal) ? [] : ["--key-memory", CheapKey];
        return Cli.Run(["init", _volume, "--passphrase-file", Path.Combine(_directory, "passphrase"), .. cost, .. more]);
    }
}
