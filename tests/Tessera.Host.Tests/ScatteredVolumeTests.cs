using System.Security.Cryptography;
using System.Text.Json;
using Tessera.Container.Format;
using Tessera.Container.Veiling;

namespace Tessera.Host.Tests;

/// <summary>A scattered volume by the command: nothing to see, and keys as any volume has them (docs/format/scattered.md).</summary>
public sealed class ScatteredVolumeTests : IDisposable
{
    private const int VeilBytes = Geometry.SlotSize + Geometry.KeySlotsLength;
    private static readonly string[] s_cheap = ["--key-memory", "8M"];
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-scattered-").FullName;
    private readonly string _volume;

    public ScatteredVolumeTests()
    {
        _volume = At("vault");
        Secret("first", "first passphrase\n");
        Secret("second", "second passphrase");
        Secret("wrong", "no such passphrase");
        (int code, string output, string error) = Cli.Run(["init", _volume, "--profile", "scattered", "--size", "64M", "--passphrase-file", At("first"), .. s_cheap]);
        code.ShouldBe(0, error);
        Secret("recovery", output);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Its_file_has_its_size_at_once_and_no_page_that_is_not_noise()
    {
        byte[] medium = File.ReadAllBytes(_volume);
        medium.Length.ShouldBe(64 << 20);
        for (int at = 0; at < medium.Length; at += Geometry.SlotSize)
        {
            Noise.IsPlausible(medium.AsSpan(at, Geometry.SlotSize)).ShouldBeTrue($"offset {at}");
        }

        Directory.EnumerateFiles(_directory).Count().ShouldBe(5); // Nothing unfinished is left beside it.
    }

    [Theory]
    [InlineData("scattered", true)]
    [InlineData("sealed", false)]
    public void Who_makes_one_is_told_that_its_times_say_nothing(string profile, bool isTold)
    {
        (_, _, string error) = Cli.Run(["init", At("other"), "--profile", profile, "--size", "64M", "--passphrase-file", At("first"), .. s_cheap]);

        error.Contains("mount with '-o show_times'", StringComparison.Ordinal).ShouldBe(isTold, error);
    }

    [Fact]
    public void A_wrong_passphrase_and_a_file_that_is_no_volume_end_alike()
    {
        File.WriteAllBytes(At("noise"), RandomNumberGenerator.GetBytes(64 << 20));

        (int code, _, string error) = Run("info", _volume, "wrong");
        (int other, _, string otherError) = Run("info", At("noise"), "wrong");

        (code, other).ShouldBe((3, 3));
        error.ShouldContain("or this is no volume");
        otherError.ShouldBe(error);
    }

    [Fact]
    public void Key_files_open_no_scattered_volume_and_nothing_is_changed_by_asking_for_it()
    {
        byte[] before = SHA256.HashData(File.ReadAllBytes(_volume));
        string key = At("device");
        string[][] refused =
        [
            ["init", At("other"), "--profile", "scattered", "--size", "64M", "--mode", "device", "--key-file", key],
            ["key", "add", _volume, "--passphrase-file", At("first"), "--mode", "device", "--new-key-file", key, .. s_cheap],
            ["key", "change", _volume, "--passphrase-file", At("first"), "--mode", "hybrid", "--new-key-file", key, "--new-passphrase-file", At("second"), .. s_cheap],
        ];
        foreach (string[] arguments in refused)
        {
            (int code, _, string error) = Cli.Run(arguments);
            code.ShouldBe(2, error);
            error.ShouldContain("opened by passphrases only");
        }

        File.Exists(At("other")).ShouldBeFalse();
        File.Exists(key).ShouldBeFalse();
        SHA256.HashData(File.ReadAllBytes(_volume)).ShouldBe(before);
    }

    [Fact]
    public void What_is_plainly_no_volume_is_said_to_be_none_without_asking()
    {
        File.WriteAllText(At("text"), new string('x', 100_000));
        using (FileStream zeros = File.Create(At("zeros")))
        {
            zeros.SetLength(64 << 20);
        }

        Run("info", At("text")).ExitCode.ShouldBe(4);
        Run("info", At("zeros")).ExitCode.ShouldBe(4);
    }

    [Theory]
    [InlineData("info")]
    [InlineData("key", "list")]
    [InlineData("fsck")]
    public void Without_a_terminal_nothing_is_asked(params string[] verb) => Cli.Run([.. verb, _volume]).ExitCode.ShouldBe(2);

    [Fact]
    public void Who_has_the_passphrase_is_told_what_it_is()
    {
        (int code, string output, string error) = Cli.Run(["info", "--json", _volume, "--passphrase-file", At("first"), .. s_cheap]);

        code.ShouldBe(0, error);
        JsonDocument.Parse(output).RootElement.GetProperty("header").GetProperty("profile").GetString().ShouldBe("scattered");
        Cli.Run("info", _volume, "--passphrase-file", At("first")).ExitCode.ShouldBe(3, "the usual cost is not the one it was made with");
    }

    [Fact]
    public void Passphrases_and_the_recovery_code_are_added_changed_and_removed()
    {
        Key("add", "first", "--new-passphrase-file", At("second"), "--name", "laptop").ShouldBe(0);
        Opens("second").ShouldBeTrue();
        Run("key list", _volume, "second").Output.ShouldContain("laptop");

        Key("remove", "recovery", "0").ShouldBe(0);
        Opens("first").ShouldBeFalse();

        Key("change", "second", "--new-passphrase-file", At("first")).ShouldBe(0);
        Opens("second").ShouldBeFalse();
        Opens("first").ShouldBeTrue();

        (int code, string output, string error) = Run("key recovery", _volume, "first");
        code.ShouldBe(0, error);
        Opens("recovery").ShouldBeFalse();
        Secret("recovery", output);
        Opens("recovery").ShouldBeTrue();
        Run("fsck", _volume, "recovery").ExitCode.ShouldBe(0);
    }

    /// <summary>As a cut between the two copies leaves it: copy A with the old keys, copy B with the new ones.</summary>
    [Fact]
    public void A_removed_passphrase_does_not_open_the_copy_that_did_not_follow()
    {
        Key("add", "first", "--new-passphrase-file", At("second")).ShouldBe(0);
        byte[] before = ReadVeil(0);
        Key("remove", "second", "0").ShouldBe(0);
        Opens("first").ShouldBeFalse();

        WriteVeil(0, before);

        Opens("first").ShouldBeFalse();
        Opens("second").ShouldBeTrue();
        Key("change", "second", "2", "--new-passphrase-file", At("second")).ShouldBe(0);
        WriteVeil(1, RandomNumberGenerator.GetBytes(VeilBytes)); // Copy A must have followed by now.
        Opens("second").ShouldBeTrue();
        Opens("first").ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_destroyed_copy_is_no_loss_and_the_next_change_mends_it(int copy)
    {
        WriteVeil(copy, RandomNumberGenerator.GetBytes(VeilBytes));
        Opens("recovery").ShouldBeTrue();
        Key("add", "first", "--new-passphrase-file", At("second")).ShouldBe(0);

        WriteVeil(1 - copy, RandomNumberGenerator.GetBytes(VeilBytes));

        Opens("first").ShouldBeTrue();
        Opens("second").ShouldBeTrue();
        Opens("recovery").ShouldBeTrue();
    }

    [Fact]
    public void A_repair_makes_a_destroyed_copy_anew_without_any_other_passphrase()
    {
        Key("add", "first", "--new-passphrase-file", At("second")).ShouldBe(0);
        WriteVeil(0, RandomNumberGenerator.GetBytes(VeilBytes));
        Run("fsck", _volume, "first").ExitCode.ShouldBe(5);

        Cli.Run(["fsck", "--repair", _volume, "--passphrase-file", At("first"), .. s_cheap]).ExitCode.ShouldBe(0);

        WriteVeil(1, RandomNumberGenerator.GetBytes(VeilBytes));
        Opens("second").ShouldBeTrue();
        Opens("recovery").ShouldBeTrue();
    }

    [Fact]
    public void What_would_say_in_the_clear_that_there_is_a_volume_is_refused()
    {
        (int code, _, string error) = Run("key export", _volume);
        code.ShouldBe(4);
        error.ShouldContain("not exported");

        (code, _, error) = Cli.Run(["backup", _volume, At("backups"), "--passphrase-file", At("first"), .. s_cheap]);
        code.ShouldBe(2);
        error.ShouldContain("copy its file");
    }

    [Fact]
    public void It_needs_its_size()
    {
        (int code, _, string error) = Cli.Run(["init", At("other"), "--profile", "scattered", "--passphrase-file", At("first"), .. s_cheap]);

        code.ShouldBe(2);
        error.ShouldContain("--size");
        File.Exists(At("other")).ShouldBeFalse();
    }

    private static (int ExitCode, string Output, string Error) Run(string verb, string volume) => Cli.Run([.. verb.Split(' '), volume]);

    private (int ExitCode, string Output, string Error) Run(string verb, string volume, string passphrase) =>
        Cli.Run([.. verb.Split(' '), volume, "--passphrase-file", At(passphrase), .. s_cheap]);

    private int Key(string verb, string passphrase, params string[] more) =>
        Cli.Run(["key", verb, _volume, "--passphrase-file", At(passphrase), .. s_cheap, .. more]).ExitCode;

    private bool Opens(string passphrase)
    {
        (int code, _, string error) = Run("info", _volume, passphrase);
        return code switch
        {
            0 => true,
            3 => false,
            _ => throw new InvalidOperationException(error),
        };
    }

    private byte[] ReadVeil(int copy)
    {
        using FileStream file = File.OpenRead(_volume);
        file.Position = FixedPlaces.Ordinary.HeaderOffset(copy);
        byte[] veil = new byte[VeilBytes];
        file.ReadExactly(veil);
        return veil;
    }

    private void WriteVeil(int copy, byte[] veil)
    {
        using FileStream file = File.OpenWrite(_volume);
        file.Position = FixedPlaces.Ordinary.HeaderOffset(copy);
        file.Write(veil);
    }

    private string At(string name) => Path.Combine(_directory, name);

    private void Secret(string name, string content) => File.WriteAllText(At(name), content);
}
