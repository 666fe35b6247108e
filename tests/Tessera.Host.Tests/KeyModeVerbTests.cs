using System.Text.Json;

namespace Tessera.Host.Tests;

/// <summary>Volumes opened by key files, alone and with a passphrase: every verb that opens one, and what is refused.</summary>
public sealed class KeyModeVerbTests : IDisposable
{
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead;
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-modes-").FullName;

    public KeyModeVerbTests()
    {
        File.WriteAllText(At("first"), "first");
        File.WriteAllText(At("second"), "second");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_device_volume_opens_with_its_key_file_and_nothing_is_asked()
    {
        (int code, string recovery, string error) = Init("device", "--key-file", At("key"));

        code.ShouldBe(0, error);
        error.ShouldContain("Made the key file");
        new FileInfo(At("key")).Length.ShouldBe(32);
        File.GetUnixFileMode(At("key")).ShouldBe(OwnerReads);
        Opens("--key-file", At("key")).ShouldBe(0);
        Opens("--passphrase-file", At("first")).ShouldBe(3);
        File.WriteAllText(At("recovery"), recovery);
        Opens("--passphrase-file", At("recovery")).ShouldBe(0);
        Modes().ShouldBe(["device", "recovery"]);
        OtherKey("other");
        Opens("--key-file", At("other")).ShouldBe(3);
    }

    [Fact]
    public void A_hybrid_volume_needs_both()
    {
        Init("hybrid", "--key-file", At("key"), "--passphrase-file", At("first"), "--key-memory", "8M").ExitCode.ShouldBe(0);
        OtherKey("other");

        Opens("--key-file", At("key"), "--passphrase-file", At("first")).ShouldBe(0);
        Opens("--key-file", At("key"), "--passphrase-file", At("second")).ShouldBe(3);
        Opens("--key-file", At("other"), "--passphrase-file", At("first")).ShouldBe(3);
        Opens("--key-file", At("key")).ShouldBe(2, "no terminal to ask for the passphrase on");
        (int code, _, string error) = Cli.Run("fsck", At("vault"), "--passphrase-file", At("first"));
        (code, error.Contains("--key-file")).ShouldBe((3, true), error);
        Modes().ShouldBe(["hybrid", "recovery"]);
    }

    [Fact]
    public void Slots_of_every_mode_are_added_changed_and_removed()
    {
        Init("user", "--passphrase-file", At("first"), "--key-memory", "8M").ExitCode.ShouldBe(0);
        Key("add", "--passphrase-file", At("first"), "--mode", "device", "--new-key-file", At("key"), "--name", "server").ExitCode.ShouldBe(0);
        Key("add", "--key-file", At("key"), "--mode", "hybrid", "--new-key-file", At("key2"), "--new-passphrase-file", At("second"), "--key-memory", "8M").ExitCode.ShouldBe(0);
        Modes().ShouldBe(["user", "recovery", "device", "hybrid"]);
        Opens("--key-file", At("key2"), "--passphrase-file", At("second")).ShouldBe(0);

        Key("change", "--key-file", At("key"), "--mode", "device", "--new-key-file", At("key3")).ExitCode.ShouldBe(0);
        Opens("--key-file", At("key")).ShouldBe(2, "it opens nothing alone, and there is no terminal to ask for a passphrase besides it on");
        Opens("--key-file", At("key3")).ShouldBe(0);
        Cli.Run("key", "remove", At("vault"), "0", "--key-file", At("key3")).ExitCode.ShouldBe(0);
        Opens("--passphrase-file", At("first")).ShouldBe(3);
        Cli.Run("key", "remove", At("vault"), "3", "--key-file", At("key3")).ExitCode.ShouldBe(0);
        Cli.Run("key", "remove", At("vault"), "2", "--key-file", At("key3")).ExitCode.ShouldBe(2, "the last one");
        Opens("--key-file", At("key3")).ShouldBe(0);

        Cli.Run("key", "export", At("vault"), "--output", At("export")).ExitCode.ShouldBe(0);
        Cli.Run("key", "import", At("vault"), At("export"), "--key-file", At("key3")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_key_file_that_others_may_read_or_that_is_none_is_refused()
    {
        Init("device", "--key-file", At("key")).ExitCode.ShouldBe(0);
        File.SetUnixFileMode(At("key"), OwnerReads | UnixFileMode.GroupRead);
        (int code, _, string error) = Cli.Run("fsck", At("vault"), "--key-file", At("key"));
        (code, error.Contains("not private")).ShouldBe((2, true), error);
        File.SetUnixFileMode(At("key"), OwnerReads | UnixFileMode.OtherWrite);
        Opens("--key-file", At("key")).ShouldBe(2);
        File.SetUnixFileMode(At("key"), OwnerReads);
        Opens("--key-file", At("key")).ShouldBe(0);

        File.WriteAllBytes(At("long"), File.ReadAllBytes(At("key")).Append((byte)1).ToArray());
        File.SetUnixFileMode(At("long"), OwnerReads);
        Opens("--key-file", At("long")).ShouldBe(2);
        File.WriteAllBytes(At("zeros"), new byte[32]);
        File.SetUnixFileMode(At("zeros"), OwnerReads);
        Opens("--key-file", At("zeros")).ShouldBe(2);
        Opens("--key-file", At("none")).ShouldBe(1);
        Opens("--key-file", _directory).ShouldNotBe(0);
    }

    [Fact]
    public void A_mode_and_what_is_given_have_to_fit()
    {
        Init("device").ExitCode.ShouldBe(2);
        Init("hybrid", "--passphrase-file", At("first")).ExitCode.ShouldBe(2);
        Init("user", "--passphrase-file", At("first"), "--key-file", At("key")).ExitCode.ShouldBe(2);
        Init("device", "--passphrase-file", At("first"), "--key-file", At("key")).ExitCode.ShouldBe(2);
        File.Exists(At("vault")).ShouldBeFalse();
        File.Exists(At("key")).ShouldBeFalse();
    }

    private void OtherKey(string name)
    {
        File.WriteAllBytes(At(name), [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        File.SetUnixFileMode(At(name), OwnerReads);
    }

    private (int ExitCode, string Output, string Error) Init(string mode, params string[] options) =>
        Cli.Run(["init", At("vault"), "--size", "64M", "--mode", mode, .. options]);

    private (int ExitCode, string Output, string Error) Key(string verb, params string[] options) => Cli.Run(["key", verb, At("vault"), .. options]);

    private int Opens(params string[] with) => Cli.Run(["fsck", At("vault"), "--quick", .. with]).ExitCode;

    private IEnumerable<string> Modes() => JsonDocument.Parse(Cli.Run("key", "list", At("vault"), "--json").Output).RootElement
        .EnumerateArray().Select(slot => slot.GetProperty("mode").GetString()!);

    private string At(string name) => Path.Combine(_directory, name);
}
