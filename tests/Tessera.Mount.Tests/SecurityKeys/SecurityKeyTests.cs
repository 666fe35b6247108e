using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>Key slots of FIDO2 security keys: the shipped command, the real tools of libfido2, and a key in software behind them.</summary>
public sealed class SecurityKeyTests
{
    private const string Pin = "48151623";

    [Fact]
    public async Task A_slot_opens_with_its_key_the_pin_and_a_touch_and_with_no_other_key()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey(Pin);
        using var other = new SoftwareSecurityKey(Pin);
        var ring = new KeyRing(volume.Scratch, key);
        string pin = Write(volume, "pin", Pin + "\n");
        Add(ring, volume, "--new-fido2", "auto", "--new-fido2-pin-file", pin, "--name", "blue key").Error.ShouldContain("Touch the security key");

        JsonElement slot = Slot(volume, 2);
        (slot.GetProperty("kind").GetString(), slot.GetProperty("mode").GetString(), slot.GetProperty("name").GetString()).ShouldBe(("fido2", "fido2", "blue key"));
        (slot.GetProperty("pin").GetBoolean(), slot.GetProperty("touch").GetBoolean()).ShouldBe((true, true));
        int touched = key.Touches;
        ProgramResult mounted = ring.Run("mount", volume.Volume, volume.Path, "--fido2", "auto", "--fido2-pin-file", pin);
        (mounted.ExitCode, key.Touches).ShouldBe((0, touched + 1), mounted.ToString());
        volume.Adopt();
        Syscall.WriteFile(Path.Combine(volume.Path, "file"), "content"u8);
        volume.Unmount();
        ring.Run("mount", volume.Volume, volume.Path, "-o", $"fido2={key.Path},fido2_pin_file={pin}").ExitCode.ShouldBe(0);
        volume.Adopt();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("content");
        volume.Unmount();

        var both = new KeyRing(volume.Scratch, other, key);
        both.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", pin).ExitCode.ShouldBe(0);
        other.Touches.ShouldBe(0, "nobody touches a key in vain");
        ProgramResult foreign = ring.Run("fsck", volume.Volume, "--fido2", other.Path, "--fido2-pin-file", pin);
        (foreign.ExitCode, foreign.Error.Contains("opens no slot", StringComparison.Ordinal)).ShouldBe((3, true), foreign.ToString());
        ring.Calls.ShouldContain("fido2-assert -G -h");
        ring.Calls.ShouldNotContain(Pin);
        (mounted.Error + foreign.Error + string.Join('\n', volume.Log)).ShouldNotContain(Pin);
        volume.Check(); // The passphrase opens its slot as before.
    }

    [Fact]
    public async Task A_wrong_pin_is_tried_once_however_many_slots_there_are()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey(Pin);
        var ring = new KeyRing(volume.Scratch, key);
        string pin = Write(volume, "pin", Pin);
        Add(ring, volume, "--new-fido2", key.Path, "--new-fido2-pin-file", pin);
        Add(ring, volume, "--new-fido2", key.Path, "--new-fido2-pin-file", pin);
        int left = key.PinTriesLeft;

        ProgramResult wrong = ring.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", Write(volume, "wrong", "99999999"));

        (wrong.ExitCode, wrong.Error.Contains("The PIN of the security key is wrong", StringComparison.Ordinal), key.PinTriesLeft).ShouldBe((3, true, left - 1), wrong.ToString());
        wrong.Error.ShouldNotContain("99999999");
        ring.Run("fsck", volume.Volume, "--fido2", "auto").ExitCode.ShouldBe(2, "there is no terminal to ask for it on");
        ring.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", Write(volume, "short", "123")).ExitCode.ShouldBe(2);
        key.PinTriesLeft.ShouldBe(left - 1, "what cannot be a PIN was tried");
        ring.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", pin).ExitCode.ShouldBe(0);

        // The same key twice is two credentials: one goes, the other stays.
        TesseraCommand.Do("key", "remove", volume.Volume, "2", "--passphrase-file", volume.PassphraseFile);
        ring.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", pin).ExitCode.ShouldBe(0);
        TesseraCommand.Do("key", "remove", volume.Volume, "3", "--passphrase-file", volume.PassphraseFile);
        ring.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", pin).ExitCode.ShouldBe(3);
        for (int i = 0; i < 3; i++)
        {
            ring.Run("fsck", volume.Volume, "--fido2", "auto", "--fido2-pin-file", pin).ExitCode.ShouldBe(3);
        }

        key.PinTriesLeft.ShouldBe(8);
        volume.Check();
    }

    [Theory]
    [InlineData("Refuses", "refused")]
    [InlineData("TooLate", "not touched in time")]
    [InlineData("Never", "not touched within 40 seconds")]
    public async Task A_key_that_nobody_touches_opens_nothing_and_is_waited_for_so_long_only(string touching, string said)
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey();
        var ring = new KeyRing(volume.Scratch, key);
        Add(ring, volume);
        key.Touching = Enum.Parse<Touching>(touching);

        ProgramResult untouched = ring.Run("mount", volume.Volume, volume.Path, "--fido2", "auto");

        (untouched.ExitCode, untouched.Error.Contains(said, StringComparison.Ordinal)).ShouldBe((3, true), untouched.ToString());
        untouched.Error.ShouldContain("Touch the security key");
        key.Touching = Touching.AtOnce;
        ring.Run("fsck", volume.Volume, "--fido2", "auto").ExitCode.ShouldBe(0, "the key and its tools work on after a command that was cut short");
        volume.Check();
    }

    [Fact]
    public async Task A_volume_of_a_key_alone_opens_unattended_where_the_key_allows_it_and_without_the_key_by_the_recovery_code()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey(Pin);
        using var strict = new SoftwareSecurityKey(Pin, isSilent: false);
        var ring = new KeyRing(volume.Scratch, key);
        string pin = Write(volume, "pin", Pin);
        string alone = Path.Combine(volume.Scratch, "alone");

        ProgramResult refused = new KeyRing(volume.Scratch, strict).Run("init", alone, "--mode", "fido2", "--fido2", "auto", "--fido2-pin-file", pin, "--fido2-no-touch");
        (refused.ExitCode, refused.Error.Contains("--fido2-no-touch", StringComparison.Ordinal), File.Exists(alone)).ShouldBe((3, true, false), refused.ToString());
        ProgramResult made = ring.Run("init", alone, "--mode", "fido2", "--fido2", "auto", "--fido2-pin-file", pin, "--fido2-no-touch", "--fido2-no-pin");
        made.ExitCode.ShouldBe(0, made.ToString());
        key.Touching = Touching.Refuses;
        ring.Run("fsck", alone).ExitCode.ShouldBe(0, "nothing but the key opens it, so it is asked without being named");
        ring.Run("key", "remove", alone, "0").ExitCode.ShouldBe(2, "the last slot stays");

        var none = new KeyRing(volume.Scratch);
        ProgramResult lost = none.Run("fsck", alone, "--fido2", "auto");
        (lost.ExitCode, lost.Error.Contains("recovery code", StringComparison.Ordinal)).ShouldBe((3, true), lost.ToString());
        string code = Write(volume, "code", made.Output.Split('\n', StringSplitOptions.TrimEntries).First(line => line.Count(c => c == '-') == 7));
        none.Run("fsck", alone, "--passphrase-file", code).ExitCode.ShouldBe(0);
        none.Run("key", "change", alone, "0", "--passphrase-file", code, "--new-passphrase-file", volume.PassphraseFile, "--key-memory", "8M").ExitCode.ShouldBe(0);
        none.Run("fsck", alone, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(0);
        ring.Run("fsck", alone, "--fido2", "auto").ExitCode.ShouldBe(3, "the lost key, found again");
    }

    [Fact]
    public async Task A_lock_that_only_a_key_opens_asks_it_without_its_being_named()
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount();
        using var key = new SoftwareSecurityKey();
        var ring = new KeyRing(volume.Scratch, key);
        string directory = Directory.CreateDirectory(Path.Combine(volume.Path, "locked")).FullName;
        string file = Path.Combine(directory, "file");
        Syscall.WriteFile(file, "content"u8);
        TesseraCommand.Do("lock", directory, "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");
        string inner = Path.Combine(directory, ".tessera-lock");
        ring.Run("key", "add", inner, "--passphrase-file", volume.PassphraseFile, "--mode", "fido2", "--new-fido2", "auto").ExitCode.ShouldBe(0);
        TesseraCommand.Do("key", "remove", inner, "0", "--passphrase-file", volume.PassphraseFile);
        TesseraCommand.Do("key", "list", inner).ShouldContain("outer-recovery");

        ProgramResult opened = ring.Run("unlock", directory);

        opened.ExitCode.ShouldBe(0, opened.ToString());
        File.ReadAllText(file).ShouldBe("content");
        TesseraCommand.Do("lock", directory);
        volume.Check();
    }

    [Fact]
    public async Task A_passphrase_and_a_key_are_both_needed_where_the_slot_says_so()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey();
        var ring = new KeyRing(volume.Scratch, key);
        string second = Write(volume, "second", "second passphrase");
        ProgramResult added = ring.Run(
            "key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--mode", "fido2-hybrid", "--new-passphrase-file", second, "--key-memory", "8M");
        added.ExitCode.ShouldBe(0, added.ToString());
        Slot(volume, 2).GetProperty("mode").GetString().ShouldBe("fido2-hybrid");

        ring.Run("fsck", volume.Volume, "--passphrase-file", second, "--fido2", "auto").ExitCode.ShouldBe(0);
        ProgramResult alone = ring.Run("fsck", volume.Volume, "--passphrase-file", second);
        (alone.ExitCode, alone.Error.Contains("--fido2 auto", StringComparison.Ordinal)).ShouldBe((3, true), alone.ToString());
        ring.Run("fsck", volume.Volume, "--passphrase-file", Write(volume, "third", "third"), "--fido2", "auto").ExitCode.ShouldBe(3);
        volume.Check();
    }

    [Fact]
    public async Task What_cannot_be_is_refused_before_anything_is_touched()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey();
        using var second = new SoftwareSecurityKey();
        var ring = new KeyRing(volume.Scratch, key, second);
        string[] add = ["key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile];

        ring.Run([.. add, "--mode", "fido2"]).ExitCode.ShouldBe(2, "which of the two?");
        ring.Run([.. add, "--new-fido2", key.Path, "--new-passphrase-file", volume.PassphraseFile]).ExitCode.ShouldBe(2, "a key for a slot of a passphrase");
        ring.Run([.. add, "--mode", "fido2", "--new-fido2", "--help"]).ExitCode.ShouldNotBe(3);
        ring.Run("fsck", volume.Volume, "--fido2", "-L").ExitCode.ShouldBe(2);
        ring.Run("fsck", volume.Volume, "--fido2-pin-file", volume.PassphraseFile).ExitCode.ShouldBe(2);
        ring.Run("fsck", volume.Volume, "--fido2", "/dev/null").ExitCode.ShouldBeInRange(1, 3);
        ProgramResult scattered = ring.Run("init", Path.Combine(volume.Scratch, "noise"), "--profile", "scattered", "--size", "64M", "--mode", "fido2", "--fido2", key.Path);
        (scattered.ExitCode, scattered.Error.Contains("passphrases only", StringComparison.Ordinal)).ShouldBe((2, true), scattered.ToString());
        ring.Run("mount", "dir:" + volume.Scratch, volume.Path, "--fido2", "auto").ExitCode.ShouldBe(2);
        ProgramResult none = Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, "fsck", volume.Volume, "--fido2", "auto")
        {
            // What the launcher needs, and no tools; one in the directory at hand is not run.
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = ToolsWithout(volume, "fido2-") },
            Directory = volume.Scratch,
        });
        (none.ExitCode, none.Error.Contains("apt-get install fido2-tools", StringComparison.Ordinal)).ShouldBe((1, true), none.ToString());
        File.Exists(Path.Combine(volume.Scratch, "run")).ShouldBeFalse();
        (key.Touches, second.Touches).ShouldBe((0, 0));
        volume.Check();
    }

    /// <summary>That the key in software is one: what it signs is verified by libfido2, with the extension's data.</summary>
    [Fact]
    public async Task Libfido2_verifies_what_the_key_in_software_signs()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey(Pin);
        var ring = new KeyRing(volume.Scratch, key);
        string hash = Convert.ToBase64String(new byte[32]);
        ProgramResult made = ring.Start("setsid", ["--wait", "fido2-cred", "-M", "-h", "-i", Write(volume, "make", $"{hash}\ntessera.volume\nname\n{hash}\n"), key.Path], Pin + "\n");
        made.ExitCode.ShouldBe(0, made.ToString());
        ProgramResult verified = ring.Start("fido2-cred", ["-V", "-h"], made.Output);
        verified.ExitCode.ShouldBe(0, verified.ToString());
        string[] credential = verified.Output.Split('\n', 2);

        ProgramResult asserted = ring.Start(
            "setsid", ["--wait", "fido2-assert", "-G", "-h", "-t", "pin=true", "-i", Write(volume, "assert", $"{hash}\ntessera.volume\n{credential[0]}\n{hash}\n"), key.Path], Pin + "\n");

        asserted.ExitCode.ShouldBe(0, asserted.ToString());
        string[] lines = asserted.Output.Split('\n');
        Convert.FromBase64String(lines[4]).Length.ShouldBe(32);
        ring.Start("fido2-assert", ["-V", "-h", "-p", "-v", Write(volume, "public", credential[1])], string.Join('\n', lines[..4]) + "\n").ExitCode.ShouldBe(0);
    }

    private static ProgramResult Add(KeyRing ring, TestVolume volume, params string[] options)
    {
        ProgramResult added = ring.Run(["key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--mode", "fido2", .. options]);
        added.ExitCode.ShouldBe(0, added.ToString());
        added.Output.ShouldContain("opens with the security key");
        return added;
    }

    private static JsonElement Slot(TestVolume volume, int number) =>
        JsonDocument.Parse(TesseraCommand.Do("key", "list", "--json", volume.Volume)).RootElement.EnumerateArray().First(slot => slot.GetProperty("slot").GetInt32() == number);

    private static string Write(TestVolume volume, string name, string text)
    {
        string path = Path.Combine(volume.Scratch, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A directory of links to all programs but some, of which there is a false one in the directory at hand.</summary>
    private static string ToolsWithout(TestVolume volume, string prefix)
    {
        string directory = Directory.CreateDirectory(Path.Combine(volume.Scratch, "bin")).FullName;
        foreach (string program in Environment.GetEnvironmentVariable("PATH")!.Split(':').Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            string link = Path.Combine(directory, Path.GetFileName(program));
            if (!Path.GetFileName(program).StartsWith(prefix, StringComparison.Ordinal) && !File.Exists(link))
            {
                File.CreateSymbolicLink(link, program);
            }
        }

        string planted = Write(volume, "fido2-token", "#!/bin/sh\ntouch run\n");
        File.SetUnixFileMode(planted, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return directory;
    }
}
