using System.Text;
using System.Text.Json;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Host.Tests;

public sealed class KeyVerbTests : IDisposable
{
    private const string CheapKey = "8M";

    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-keys-").FullName;
    private readonly string _volume;
    private readonly string _recovery;

    public KeyVerbTests()
    {
        _volume = Path.Combine(_directory, "vault");
        Secret("first", "first passphrase\n");
        Secret("second", "second passphrase");
        Secret("wrong", "no such passphrase");
        _recovery = CreateVolume();
        Secret("recovery", _recovery + "\n");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void List_shows_the_passphrase_and_the_recovery_code_without_asking()
    {
        (int code, string output, _) = Cli.Run("key", "list", _volume, "--json");

        code.ShouldBe(0);
        JsonElement slots = JsonDocument.Parse(output).RootElement;
        slots.EnumerateArray().Select(slot => slot.GetProperty("kind").GetString()).ShouldBe(["passphrase", "recovery-code"]);
        slots[0].GetProperty("memory_kib").GetInt32().ShouldBe(8 * 1024);
        slots[0].GetProperty("name").GetString().ShouldBe("made first");
        Cli.Run("key", "list", _volume).Output.ShouldContain("160 random bits");
    }

    [Fact]
    public void An_added_passphrase_opens_and_a_removed_one_does_not()
    {
        Key("add", "first", "--new-passphrase-file", At("second"), "--name", "laptop", "--key-memory", CheapKey).ShouldBe(0);
        Opens("second").ShouldBeTrue();

        Key("remove", "second", "0").ShouldBe(0);

        Opens("first").ShouldBeFalse();
        Opens("second").ShouldBeTrue();
        Opens("recovery").ShouldBeTrue();
    }

    [Fact]
    public void A_forgotten_passphrase_is_changed_by_the_recovery_code()
    {
        Key("change", "recovery", "--new-passphrase-command", "echo second passphrase", "--key-memory", CheapKey).ShouldBe(0);

        Opens("first").ShouldBeFalse();
        Opens("second").ShouldBeTrue();
    }

    [Fact]
    public void A_new_recovery_code_replaces_the_old_one()
    {
        (int code, string output, _) = Cli.Run("key", "recovery", _volume, "--passphrase-file", At("first"));
        Secret("new recovery", output);

        code.ShouldBe(0);
        output.Trim().Length.ShouldBe(RecoveryCode.TextLength);
        Opens("new recovery").ShouldBeTrue();
        Opens("recovery").ShouldBeFalse();
    }

    [Fact]
    public void Exported_keys_bring_back_a_volume_whose_slots_were_destroyed()
    {
        Cli.Run("key", "export", _volume, "--output", At("backup")).ExitCode.ShouldBe(0);
        File.GetUnixFileMode(At("backup")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Overwrite(FixedPlaces.Ordinary.KeySlotsOffset(0));
        Overwrite(FixedPlaces.Ordinary.KeySlotsOffset(1));
        Cli.Run("key", "list", _volume).ExitCode.ShouldBe(5);

        Cli.Run("key", "import", _volume, At("backup"), "--passphrase-file", At("wrong")).ExitCode.ShouldBe(3);
        Cli.Run("key", "import", _volume, At("backup"), "--passphrase-file", At("first")).ExitCode.ShouldBe(0);

        Opens("first").ShouldBeTrue();
    }

    [Fact]
    public void One_destroyed_copy_of_the_slots_is_no_loss_and_is_mended_by_the_next_change()
    {
        Overwrite(FixedPlaces.Ordinary.KeySlotsOffset(0));
        Key("add", "first", "--new-passphrase-file", At("second"), "--key-memory", CheapKey).ShouldBe(0);
        Overwrite(FixedPlaces.Ordinary.KeySlotsOffset(1));

        Opens("second").ShouldBeTrue();
    }

    [Fact]
    public void A_wrong_passphrase_has_its_own_code_and_changes_nothing()
    {
        byte[] before = File.ReadAllBytes(_volume);

        (int code, _, string error) = Cli.Run(
            "key", "add", _volume, "--passphrase-file", At("wrong"), "--new-passphrase-file", At("second"), "--key-memory", CheapKey);

        code.ShouldBe(3);
        error.ShouldContain("The passphrase is wrong.");
        error.ShouldNotContain("no such");
        File.ReadAllBytes(_volume).AsSpan().SequenceEqual(before).ShouldBeTrue();
    }

    [Fact]
    public void A_mistyped_recovery_code_is_told_from_a_wrong_passphrase()
    {
        Secret("mistyped", (_recovery[0] == '7' ? '8' : '7') + _recovery[1..]);

        Cli.Run("key", "recovery", _volume, "--passphrase-file", At("mistyped")).Error.ShouldContain("recovery code with a mistake");
    }

    [Fact]
    public void Without_a_terminal_nothing_is_asked() => Cli.Run("key", "recovery", _volume).ExitCode.ShouldBe(2);

    [Theory]
    [InlineData("remove", "0", "last")]
    [InlineData("remove", "9", "slot")]
    public void What_would_lock_everybody_out_is_refused(string verb, string slot, string word)
    {
        (int code, _, string error) = Cli.Run("key", verb, _volume, slot, "--passphrase-file", At("first"));

        code.ShouldBe(2);
        error.ShouldContain(word);
    }

    [Fact]
    public void A_file_that_is_no_volume_and_none_at_all_have_their_code()
    {
        Secret("text", new string('x', 100_000));

        Cli.Run("key", "list", At("text")).ExitCode.ShouldBe(4);
        Cli.Run("key", "list", At("none")).ExitCode.ShouldBe(4);
    }

    [Fact]
    public void Keys_of_a_volume_in_use_change_but_not_twice_at_once()
    {
        using FileMedium mounted = FileMedium.Open(_volume);
        using (FileMedium other = FileMedium.Open(_volume, new FileMediumOptions { Locked = false }))
        {
            other.LockRange(FixedPlaces.Ordinary.KeySlotsOffset(0), Geometry.KeySlotsLength);
            (int code, _, string error) = Cli.Run("key", "recovery", _volume, "--passphrase-file", At("first"));
            code.ShouldBe(6);
            error.ShouldContain("Try again");
        }

        Opens("recovery").ShouldBeTrue();
        Key("recovery", "first").ShouldBe(0);
        Opens("recovery").ShouldBeFalse();
    }

    private int Key(string verb, string passphrase, params string[] more) =>
        Cli.Run(["key", verb, _volume, "--passphrase-file", At(passphrase), .. more]).ExitCode;

    private bool Opens(string passphrase)
    {
        (int code, _, string error) = Cli.Run(
            "key", "add", _volume, "--passphrase-file", At(passphrase), "--new-passphrase-command", "echo probe", "--key-memory", CheapKey);
        return code switch
        {
            0 => true,
            3 => false,
            _ => throw new InvalidOperationException(error),
        };
    }

    private void Overwrite(long offset)
    {
        using FileStream file = File.OpenWrite(_volume);
        file.Position = offset;
        file.Write(new byte[Geometry.KeySlotsLength]);
    }

    private string CreateVolume()
    {
        Guid id = Guid.NewGuid();
        using Passphrase passphrase = Passphrase.FromBytes("first passphrase"u8);
        var options = new KeySlotOptions { Name = "made first", Argon2 = new Argon2Parameters(8 * 1024, 1, 1) };
        KeyHeader keys = KeyHeader.Create(id.ToByteArray(bigEndian: true), passphrase, options, out SecretBytes key, out RecoveryCode recovery);
        byte[] slots = new byte[KeyHeader.Size];
        keys.Encode(slots);
        using (key)
        using (recovery)
        using (FileMedium medium = FileMedium.Create(_volume, 0))
        {
            ContainerFormatter.Format(medium, new FormatOptions { VolumeId = id, KeySlots = slots, SizeLimit = Geometry.GroupSize }, key.Span);
            char[] text = new char[RecoveryCode.TextLength];
            recovery.WriteTo(text);
            return new string(text);
        }
    }

    private void Secret(string name, string text) => File.WriteAllBytes(At(name), Encoding.UTF8.GetBytes(text));

    private string At(string name) => Path.Combine(_directory, name);
}
