using System.Security.Cryptography;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>The recovery code of a volume opens what is locked in it; who merely has the volume open does not.</summary>
public sealed class LockRecoveryTests
{
    private const string Secret = "a sentence that nobody else shall read";
    private const string LockFile = ".tessera-lock";
    private const string Attribute = "system.tessera.recovery";
    private const int UsageCode = 2;
    private const int WrongPassphraseCode = 3;
    private const int DamagedCode = 5;

    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    public async Task The_code_of_the_volume_opens_a_directory_and_a_file_that_are_locked_in_it(string profile)
    {
        await using TestVolume volume = TestVolume.Create("--profile", profile, "--size", "128M");
        volume.Mount();
        string code = NewCode(volume, volume.PassphraseFile, CostOf(profile));
        (string directory, string file) = Samples(volume);

        ProgramResult locked = Lock(volume, directory);
        locked.Error.ShouldContain("The recovery code of the volume that it lies in opens it, too.");
        Lock(volume, file);

        foreach (string path in (string[])[directory, file])
        {
            JsonElement slots = Slots(VolumeOf(path));
            slots.EnumerateArray().Select(slot => slot.GetProperty("kind").GetString()).ShouldBe(["passphrase", "recovery-code", "outer-recovery"]);
            ProgramResult refused = Unlock(path, volume.PassphraseFile);
            refused.ExitCode.ShouldBe(WrongPassphraseCode, "the passphrase of the volume, which has it open");
            Opens(path, code);
        }

        // A new code of the volume, made with the one before, opens it as well.
        code = NewCode(volume, code, CostOf(profile));
        Opens(file, code);

        // And from then on it is opened as its owner likes.
        string renewed = Write(volume, "renewed", "another of its own");
        TesseraCommand.Do("key", "change", VolumeOf(directory), "--passphrase-file", code, "--new-passphrase-file", renewed, "--key-memory", "8M");
        Opens(directory, renewed);
        TesseraCommand.Do("fsck", VolumeOf(directory), "--passphrase-file", code);
        TesseraCommand.Do("fsck", file, "--passphrase-file", code);
        volume.Check();
    }

    [Fact]
    public async Task No_other_code_opens_it_and_its_own_still_does()
    {
        await using TestVolume volume = TestVolume.Mounted();
        await using TestVolume stranger = TestVolume.Create();
        string code = NewCode(volume, volume.PassphraseFile);
        (string directory, _) = Samples(volume);
        string own = Write(volume, "own code", Lock(volume, directory).Output);

        ProgramResult refused = Unlock(directory, NewCode(stranger, stranger.PassphraseFile));
        refused.ExitCode.ShouldBe(WrongPassphraseCode);
        refused.Error.ShouldContain("neither the recovery code of this lock nor that of the volume");

        Opens(directory, own);
        Opens(directory, code);
        TesseraCommand.Do("key", "remove", VolumeOf(directory), "2", "--passphrase-file", own);
        Unlock(directory, code).ExitCode.ShouldBe(WrongPassphraseCode, "removed");
        Opens(directory, own);
        volume.Check();
    }

    [Fact]
    public async Task A_new_code_opens_it_when_it_was_made_with_the_old_one_and_otherwise_only_after_it_is_sealed_again()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string first = NewCode(volume, volume.PassphraseFile);
        (string directory, string file) = Samples(volume);
        Lock(volume, directory);
        Lock(volume, file);

        string second = NewCode(volume, first);
        Opens(directory, second);
        Unlock(directory, first).ExitCode.ShouldBe(WrongPassphraseCode, "the old code");
        ProgramResult own = Unlock(directory, Own(volume));
        own.Error.ShouldNotContain("recovery");
        TesseraCommand.Do("lock", directory);

        ProgramResult made = TesseraCommand.Run("key", "recovery", volume.Volume, "--passphrase-file", volume.PassphraseFile);
        made.Error.ShouldContain("key recovery --outer");
        string third = Write(volume, "third", made.Output);
        ProgramResult refused = Unlock(directory, third);
        refused.ExitCode.ShouldBe(WrongPassphraseCode);
        refused.Error.ShouldContain("sealed to another one, or to one before");
        Unlock(directory, second).ExitCode.ShouldBe(WrongPassphraseCode, "its pair is gone");
        ProgramResult told = Unlock(directory, Own(volume));
        told.ExitCode.ShouldBe(0);
        told.Error.ShouldContain($"key recovery --outer {VolumeOf(directory)}");
        TesseraCommand.Do("lock", directory);

        TesseraCommand.Do("key", "recovery", "--outer", VolumeOf(directory), "--passphrase-file", Own(volume)).ShouldContain("Slot 2 opens");
        Opens(directory, third);
        Unlock(file, third).ExitCode.ShouldBe(WrongPassphraseCode, "the other was not sealed again");
        volume.Check();
    }

    [Fact]
    public async Task Rotating_the_volume_s_key_keeps_the_code_when_it_is_given_and_so_what_it_opens()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string code = NewCode(volume, volume.PassphraseFile);
        (string directory, _) = Samples(volume);
        Lock(volume, directory);

        volume.Unmount();
        TesseraCommand.Do("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--also-passphrase-file", code).ShouldNotContain("-");
        volume.Mount();
        Opens(directory, code);

        volume.Unmount();
        ProgramResult rotated = TesseraCommand.Run("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile);
        rotated.ExitCode.ShouldBe(0, rotated.ToString());
        string other = Write(volume, "other", rotated.Output.Split('\n')[0]);
        volume.Mount();
        Unlock(directory, other).ExitCode.ShouldBe(WrongPassphraseCode);
        TesseraCommand.Do("key", "recovery", "--outer", VolumeOf(directory), "--passphrase-file", Own(volume));
        Opens(directory, other);
        volume.Check();
    }

    [Fact]
    public async Task Rotating_the_lock_s_key_seals_it_to_what_the_mount_tells_and_elsewhere_is_asked_about()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string code = NewCode(volume, volume.PassphraseFile);
        (string directory, _) = Samples(volume);
        Lock(volume, directory);

        TesseraCommand.Do("key", "rotate", VolumeOf(directory), "--passphrase-file", Own(volume));
        Opens(directory, code);

        string elsewhere = Path.Combine(volume.Scratch, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        File.Copy(VolumeOf(directory), VolumeOf(elsewhere));
        ProgramResult refused = TesseraCommand.Run("key", "rotate", VolumeOf(elsewhere), "--passphrase-file", Own(volume));
        refused.ExitCode.ShouldBe(UsageCode);
        refused.Error.ShouldContain("outer-recovery");
        TesseraCommand.Do("key", "rotate", VolumeOf(elsewhere), "--passphrase-file", Own(volume), "--drop-others");
        Slots(VolumeOf(elsewhere)).EnumerateArray().ShouldNotContain(slot => slot.GetProperty("kind").GetString() == "outer-recovery");
        volume.Check();
    }

    [Fact]
    public async Task It_moves_with_the_lock_and_is_good_where_the_volume_is()
    {
        await using TestVolume volume = TestVolume.Mounted();
        await using TestVolume other = TestVolume.Mounted();
        string code = NewCode(volume, volume.PassphraseFile);
        string others = NewCode(other, other.PassphraseFile);
        (string directory, _) = Samples(volume);
        Lock(volume, directory);
        byte[] slot = File.ReadAllBytes(VolumeOf(directory));
        slot.AsSpan().IndexOf(PublicKeyOf(volume.Path).AsSpan(1, 32)).ShouldBe(-1, "whose it is shows");

        string outside = Path.Combine(volume.Scratch, "outside");
        Programs.Run("/", "cp", "-r", directory, outside);
        ProgramResult refused = Unlock(outside, code);
        refused.ExitCode.ShouldBe(WrongPassphraseCode);
        refused.Error.ShouldContain("it lies in no volume that is mounted");

        string within = Path.Combine(other.Path, "within");
        Programs.Run("/", "cp", "-r", outside, within);
        Unlock(within, code).ExitCode.ShouldBe(WrongPassphraseCode);
        Unlock(within, others).ExitCode.ShouldBe(WrongPassphraseCode);

        string back = Path.Combine(volume.Path, "back");
        Programs.Run("/", "cp", "-r", outside, back);
        volume.Remount();
        Opens(back, code);
        other.Check();
        volume.Check();
    }

    [Fact]
    public async Task Without_recovery_nothing_but_the_passphrase_opens_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string code = NewCode(volume, volume.PassphraseFile);
        (string directory, string file) = Samples(volume);

        foreach (string path in (string[])[directory, file])
        {
            ProgramResult locked = Lock(volume, path, "--no-recovery");
            locked.Output.ShouldBeEmpty("there is no code");
            locked.Error.ShouldContain("Warning: with --no-recovery nothing but the passphrase opens the lock");
            locked.Error.ShouldNotContain("never shown again");
            Slots(VolumeOf(path)).EnumerateArray().Select(slot => slot.GetProperty("kind").GetString()).ShouldBe(["passphrase"]);
            Unlock(path, code).ExitCode.ShouldBe(WrongPassphraseCode);
            Opens(path, Own(volume));
        }

        Unlock(file, code).Error.ShouldContain("It is a recovery code, but not this volume's");

        // A rotation makes no code that nobody asked for.
        TesseraCommand.Do("key", "rotate", file, "--passphrase-file", Own(volume));
        Slots(file).GetArrayLength().ShouldBe(1);
        Opens(file, Own(volume));

        // It was begun with a code: then it is not said that there is none.
        string third = Path.Combine(volume.Path, "third");
        Directory.CreateDirectory(third);
        string begun = Path.Combine(volume.Path, $".third{LockFile}");
        TesseraCommand.Do("init", begun, "--passphrase-file", Own(volume), "--key-memory", "8M", "--size", "32M");
        ProgramResult refused = Lock(volume, third, "--no-recovery");
        refused.ExitCode.ShouldBe(UsageCode);
        refused.Error.ShouldContain("has a recovery code");
        File.Exists(begun).ShouldBeTrue();
        volume.Check();
    }

    [Fact]
    public async Task A_volume_around_without_a_code_is_told_of()
    {
        await using TestVolume plain = TestVolume.CreatePlain();
        plain.Mount();
        (string directory, string file) = Samples(plain);
        Lock(plain, file).Error.ShouldContain("No other code opens it: the volume that it lies in has no recovery code.");
        Slots(file).GetArrayLength().ShouldBe(2);
        Lock(plain, directory, "--no-recovery").ExitCode.ShouldBe(0);

        // A lock in a lock: the one around has no code either, until it gets one.
        TesseraCommand.Do("unlock", directory, "--passphrase-file", Own(plain));
        string inner = Path.Combine(directory, "inner");
        File.WriteAllText(inner, Secret);
        Lock(plain, inner).Error.ShouldContain("has no recovery code");
        TesseraCommand.Do("lock", directory);
        string code = Write(plain, "code", TesseraCommand.Do("key", "recovery", VolumeOf(directory), "--passphrase-file", Own(plain)));
        TesseraCommand.Do("unlock", directory, "--passphrase-file", code);
        TesseraCommand.Do("key", "recovery", "--outer", inner, "--passphrase-file", Own(plain));
        Opens(inner, code, isFile: true);

        // On the host, and in what is no volume.
        string outside = Path.Combine(plain.Scratch, "outside");
        File.WriteAllText(outside, Secret);
        Lock(plain, outside).Error.ShouldContain("it lies in no volume that is mounted here");
        ProgramResult refused = TesseraCommand.Run("key", "recovery", "--outer", outside, "--passphrase-file", Own(plain));
        refused.ExitCode.ShouldBe(UsageCode);
        refused.Error.ShouldContain("There is no recovery code that could open it");
        TesseraCommand.Run("key", "recovery", "--outer", outside, "--shares", "3", "--threshold", "2", "--passphrase-file", Own(plain)).ExitCode.ShouldBe(UsageCode);
        plain.Check();
    }

    /// <summary>What the kernel is told by the daemon: of every file the same, by no list, and not what anybody has set.</summary>
    [Fact]
    public async Task The_mount_alone_says_to_whom_it_is_sealed()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        (string directory, string file) = Samples(volume);
        byte[] told = PublicKeyOf(volume.Path);
        PublicKeyOf(directory).ShouldBe(told);
        PublicKeyOf(file).ShouldBe(told);
        Programs.Run("/", "chmod", "600", file);
        Programs.Run("/", "setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups", "getfattr", "--absolute-names", "-n", Attribute, file).ShouldContain(Attribute);
        Programs.Run("/", "getfattr", "--absolute-names", "-m", "-", file).ShouldNotContain("tessera");
        Programs.TryRun(new ProgramStart("setfattr", "-n", Attribute, "-v", "mine", file)).ExitCode.ShouldNotBe(0);
        Programs.TryRun(new ProgramStart("setfattr", "-x", Attribute, file)).ExitCode.ShouldNotBe(0);

        // What is noise has no slot that could be sealed to a key.
        string noise = Path.Combine(volume.Path, "noise");
        TesseraCommand.Do("init", noise, "--profile", "scattered", "--size", "64M", "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");
        ProgramResult refused = TesseraCommand.Run("key", "recovery", "--outer", noise, "--passphrase-file", volume.PassphraseFile, "--key-memory", "8M");
        refused.ExitCode.ShouldBe(UsageCode, refused.ToString());
        refused.Error.ShouldContain("would not be noise");

        // A directory of the host that is mounted tells nothing, whatever is beneath it.
        await using (DirectoryMount mirrored = new(volume.Path))
        {
            Programs.TryRun(new ProgramStart("getfattr", "--absolute-names", "-n", Attribute, mirrored.Path)).Error.ShouldContain("No such attribute");
            mirrored.Check();
        }

        volume.Check();
    }

    /// <summary>Somebody who can write to the medium beneath the mount, and has no key, puts his own public key into both copies of the key slots.</summary>
    [Fact]
    public async Task A_public_key_that_was_exchanged_on_the_medium_is_not_sealed_to()
    {
        await using TestVolume volume = TestVolume.Mounted();
        (string directory, string file) = Samples(volume);
        byte[] whole = KeysOf(volume.Volume);
        using ECDiffieHellman mine = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = mine.ExportParameters(includePrivateParameters: false).Q;
        byte[] keys = [.. whole];
        point.X!.CopyTo(keys, 65);
        point.Y!.CopyTo(keys, 97);
        SHA256.HashData(keys.AsSpan(0, keys.Length - 32), keys.AsSpan(keys.Length - 32));
        Write(volume.Volume, keys);

        ProgramResult refused = Lock(volume, directory);

        refused.ExitCode.ShouldBe(DamagedCode, refused.ToString());
        File.Exists(Path.Combine(directory, "inside")).ShouldBeTrue();
        Lock(volume, file).ExitCode.ShouldBe(DamagedCode);
        Write(volume.Volume, whole);
        Lock(volume, directory).ExitCode.ShouldBe(0);
        volume.Expect("recovery_key_unreadable");
        volume.Check();
    }

    private static byte[] KeysOf(string path)
    {
        using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(Syscall.OpenFile(path, 0), ownsHandle: true);
        byte[] keys = new byte[ContainerFile.KeysLength];
        RandomAccess.Read(file, keys, ContainerFile.Keys(0)).ShouldBe(keys.Length);
        return keys;
    }

    private static void Write(string path, byte[] keys)
    {
        for (int copy = 0; copy < 2; copy++)
        {
            using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(Syscall.OpenFile(path, 2), ownsHandle: true);
            RandomAccess.Write(file, keys, ContainerFile.Keys(copy));
        }
    }

    /// <summary>The path is locked; it opens with what is in a file, has its content, and is locked again.</summary>
    private static void Opens(string path, string passphraseFile, bool isFile = false)
    {
        ProgramResult unlocked = Unlock(path, passphraseFile);
        unlocked.ExitCode.ShouldBe(0, unlocked.ToString());
        File.ReadAllText(isFile || File.Exists(path) ? path : Path.Combine(path, "inside")).ShouldBe(Secret);
        TesseraCommand.Do("lock", path);
    }

    private static (string Directory, string File) Samples(TestVolume volume)
    {
        string directory = Path.Combine(volume.Path, "d");
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "inside"), Secret);
        string file = Path.Combine(volume.Path, "f");
        File.WriteAllText(file, Secret);
        return (directory, file);
    }

    private static string VolumeOf(string path) => Directory.Exists(path) ? Path.Combine(path, LockFile) : path;

    private static JsonElement Slots(string volume) => JsonDocument.Parse(TesseraCommand.Do("key", "list", volume, "--json")).RootElement;

    private static byte[] PublicKeyOf(string path)
    {
        string hex = Programs.Run("/", "getfattr", "--absolute-names", "-e", "hex", "-n", Attribute, path).Split("=0x")[1].Trim();
        return Convert.FromHexString(hex)[16..81];
    }

    private static string[] CostOf(string profile) => profile == "scattered" ? ["--key-memory", "8M"] : [];

    /// <returns>A file with a new recovery code of the volume.</returns>
    private static string NewCode(TestVolume volume, string passphraseFile, params string[] more) =>
        Write(volume, $"code {Guid.NewGuid():N}", TesseraCommand.Do(["key", "recovery", volume.Volume, "--passphrase-file", passphraseFile, .. more]));

    private static ProgramResult Lock(TestVolume volume, string path, params string[] more) =>
        TesseraCommand.Run(["lock", path, "--passphrase-file", Own(volume), "--key-memory", "8M", .. more]);

    private static ProgramResult Unlock(string path, string passphraseFile) => TesseraCommand.Run("unlock", path, "--passphrase-file", passphraseFile);

    private static string Own(TestVolume volume) => Write(volume, "of the lock", "one of its own");

    private static string Write(TestVolume volume, string name, string text)
    {
        string path = Path.Combine(volume.Scratch, name);
        File.WriteAllText(path, text.Trim() + "\n");
        return path;
    }
}
