using System.Text.Json;

namespace Tessera.Host.Tests;

/// <summary>backup and restore of a volume that is not mounted: options, errors, exit codes.</summary>
public sealed class BackupVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-backup-").FullName;

    public BackupVerbTests()
    {
        File.WriteAllText(At("passphrase"), "the right one");
        File.WriteAllText(At("wrong"), "another one");
        Init("vault");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_backup_restores_and_what_was_restored_is_clean()
    {
        JsonElement taken = Json(Backup("--json"));

        (int code, string output, string error) = Restore("restored");

        code.ShouldBe(0, error);
        output.ShouldContain("clean");
        taken.GetProperty("full").GetBoolean().ShouldBeTrue();
        Cli.Run("fsck", At("restored"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(0);
        File.GetUnixFileMode(At("restored")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void List_shows_what_is_there_without_a_passphrase()
    {
        ulong first = Json(Backup("--json")).GetProperty("generation").GetUInt64();
        ulong second = Json(Backup("--json")).GetProperty("generation").GetUInt64();

        JsonElement list = Json(Cli.Run("restore", At("backups"), "--list", "--json"));

        list.EnumerateArray().Select(entry => entry.GetProperty("generation").GetUInt64()).ShouldBe([first, second]);
        list.EnumerateArray().Select(entry => entry.GetProperty("full").GetBoolean()).ShouldBe([true, false]);
    }

    [Fact]
    public void Quiet_says_nothing_when_all_is_well()
    {
        (int code, string output, string error) = Backup("--quiet");

        (code, output, error).ShouldBe((0, string.Empty, string.Empty));
    }

    [Fact]
    public void Verify_only_reads_the_whole_chain_and_writes_nothing()
    {
        Backup();
        Backup();

        JsonElement facts = Json(Cli.Run("restore", At("backups"), "--verify-only", "--json", "--passphrase-file", At("passphrase")));

        facts.GetProperty("files").GetInt32().ShouldBe(2);
        facts.GetProperty("bytes").GetInt64().ShouldBe(Directory.EnumerateFiles(At("backups"), "*.tsb").Sum(file => new FileInfo(file).Length));
        Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName).Order().ShouldBe(["backups", "passphrase", "vault", "wrong"]);
    }

    [Fact]
    public void Verify_only_names_a_damaged_file()
    {
        string path = Json(Backup("--json")).GetProperty("path").GetString()!;
        using (FileStream file = File.Open(path, FileMode.Open))
        {
            file.Position = file.Length / 2;
            int there = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(there ^ 1));
        }

        (int code, _, string error) = Cli.Run("restore", At("backups"), "--verify-only", "--passphrase-file", At("passphrase"));

        code.ShouldBe(5);
        error.ShouldContain(path);
    }

    [Fact]
    public void An_existing_file_is_refused_before_a_passphrase_is_asked_for()
    {
        Backup();
        File.WriteAllText(At("precious"), "precious");

        (int code, _, string error) = Cli.Run("restore", At("backups"), At("precious"));

        code.ShouldBe(2);
        error.ShouldContain("exists already");
        File.ReadAllText(At("precious")).ShouldBe("precious");
    }

    [Fact]
    public void A_wrong_passphrase_has_its_code_and_makes_nothing()
    {
        Backup();

        Cli.Run("backup", At("vault"), At("backups"), "--passphrase-file", At("wrong")).ExitCode.ShouldBe(3);
        Cli.Run("restore", At("backups"), At("restored"), "--passphrase-file", At("wrong")).ExitCode.ShouldBe(3);

        Directory.EnumerateFiles(_directory).Select(Path.GetFileName).Order().ShouldBe(["passphrase", "vault", "wrong"]);
        Directory.EnumerateFiles(At("backups"), "*.tsb").ShouldHaveSingleItem();
    }

    [Fact]
    public void What_is_not_there_has_its_code()
    {
        Cli.Run("backup", At("none"), At("backups"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(4);
        Cli.Run("restore", At("none"), At("restored"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(4);
        Backup();

        (int code, _, string error) = Restore("restored", "--generation", "9999");

        code.ShouldBe(4);
        error.ShouldContain("generation 9999");
        Directory.Exists(At("none")).ShouldBeFalse();
    }

    [Fact]
    public void Wrong_usage_has_its_code()
    {
        Cli.Run("backup", At("vault")).ExitCode.ShouldBe(2);
        Cli.Run("backup", At("vault"), At("backups")).ExitCode.ShouldBe(2, "no terminal to ask for the passphrase on");
        Backup();
        Cli.Run("restore", At("backups"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(2, "no volume named");
        Restore("none/restored").ExitCode.ShouldBe(2, "no directory to put it in");
    }

    [Fact]
    public void A_directory_of_another_volume_is_refused()
    {
        Backup();
        Init("other");

        (int code, _, string error) = Cli.Run("backup", At("other"), At("backups"), "--passphrase-file", At("passphrase"));

        code.ShouldBe(2);
        error.ShouldContain("another volume");
    }

    private void Init(string name)
    {
        (int code, _, string error) = Cli.Run("init", At(name), "--size", "64M", "--passphrase-file", At("passphrase"), "--key-memory", "8M");
        code.ShouldBe(0, error);
    }

    private (int ExitCode, string Output, string Error) Backup(params string[] options)
    {
        (int code, string output, string error) = Cli.Run(["backup", At("vault"), At("backups"), "--passphrase-file", At("passphrase"), .. options]);
        code.ShouldBe(0, error);
        return (code, output, error);
    }

    private (int ExitCode, string Output, string Error) Restore(string name, params string[] options) =>
        Cli.Run(["restore", At("backups"), At(name), "--passphrase-file", At("passphrase"), .. options]);

    private static JsonElement Json((int ExitCode, string Output, string Error) result)
    {
        result.ExitCode.ShouldBe(0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private string At(string name) => Path.Combine(_directory, name);
}
