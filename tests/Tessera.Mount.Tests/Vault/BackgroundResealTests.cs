using System.Diagnostics;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>tessera key rotate --in-background: the next mounts seal everything anew, while they are used (docs/format/keys.md, section 6.1, steps 4 and 5).</summary>
public sealed class BackgroundResealTests
{
    private const int WrongPassphrase = 3;
    private const int Damaged = 5;
    private const int Files = 120;
    private const string Slow = "reseal=2M";
    private const string Fast = "reseal=1G";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_prompt = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("sealed", 40)]
    [InlineData("scattered", 12)]
    public async Task The_next_mount_seals_everything_anew_beside_programs(string profile, int larges)
    {
        await using TestVolume volume = Filled(profile, larges);
        byte[] older = File.ReadAllBytes(volume.Volume);
        long started = Stopwatch.GetTimestamp();
        JsonElement facts = JsonDocument.Parse(Rotate(volume, profile, "--json")).RootElement;
        (facts.GetProperty("complete").GetBoolean(), facts.GetProperty("background").GetBoolean(), facts.GetProperty("key_epoch").GetInt32()).ShouldBe((false, true, 2));
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(s_limit);
        Keys(volume, profile).GetProperty("rotating").GetBoolean().ShouldBeTrue();

        volume.Mount("-o", "reseal=8M");
        volume.Info().GetProperty("keys").GetProperty("resealing").GetString().ShouldBe("running");
        int rounds = 0;
        for (; !IsEnded(volume); rounds++)
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(s_limit + s_limit);
            Use(volume, rounds);
        }

        rounds.ShouldBeGreaterThan(1);
        ShouldHoldAll(volume, rounds);
        volume.Stats().GetProperty("reseal").GetProperty("bytes").GetInt64().ShouldBeGreaterThan(1 << 20);
        volume.Unmount();
        Event(volume, "reseal_begun").ShouldBe(1);
        Event(volume, "reseal_ended").ShouldBe(1);
        Keys(volume, profile).GetProperty("rotating").GetBoolean().ShouldBeFalse();
        volume.Fsck();
        volume.Mount();
        volume.Info().GetProperty("keys").TryGetProperty("resealing", out _).ShouldBeFalse();
        ShouldHoldAll(volume, rounds);
        volume.Check();

        // The key that the older slots hold opens nothing of it any more.
        ContainerFile.PutBackKeys(volume.Volume, older);
        volume.TryMount().ExitCode.ShouldBe(Damaged);
    }

    [Fact]
    public async Task Killed_in_the_midst_the_next_mount_goes_on_and_nothing_is_wrong()
    {
        await using TestVolume volume = Filled("sealed", larges: 40);
        Rotate(volume, "sealed");
        for (int i = 0; i < 3; i++)
        {
            volume.Mount("-o", "reseal=12M");
            WaitFor(volume, () => Reseal(volume).GetProperty("percent").GetInt32() > 12 * i);
            Use(volume, i);
            volume.Kill();
            Programs.Run(volume.Scratch, "umount", "-l", volume.Path);
            volume.Fsck();
        }

        Keys(volume, "sealed").GetProperty("rotating").GetBoolean().ShouldBeTrue();
        volume.Mount("-o", Fast);
        WaitFor(volume, () => IsEnded(volume));
        ShouldHoldAll(volume, used: 0);
        volume.Check();
        Keys(volume, "sealed").GetProperty("rotating").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Unmounting_ends_it_at_once_and_read_only_mounts_leave_it_alone()
    {
        await using TestVolume volume = Filled("sealed", larges: 30);
        Rotate(volume, "sealed");
        volume.Mount("-o", Slow);
        WaitFor(volume, () => Reseal(volume).GetProperty("percent").GetInt32() > 1);
        long started = Stopwatch.GetTimestamp();
        volume.Unmount();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(s_prompt);
        int noted = Keys(volume, "sealed").GetProperty("percent").GetInt32();
        noted.ShouldBeInRange(1, 99);
        byte[] midway = File.ReadAllBytes(volume.Volume);

        foreach (string option in (string[])["ro", "reseal=0"])
        {
            volume.Mount("-o", option);
            ShouldHoldAll(volume, used: 0);
            volume.Info().GetProperty("keys").GetProperty("resealing").GetString().ShouldBe("off");
            volume.Stats().TryGetProperty("reseal", out _).ShouldBeFalse();
            volume.Unmount();
        }

        Keys(volume, "sealed").GetProperty("percent").GetInt32().ShouldBe(noted);

        // The command goes on with what a mount has begun.
        TesseraCommand.Do("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile);
        Keys(volume, "sealed").GetProperty("rotating").GetBoolean().ShouldBeFalse();
        volume.Mount();
        ShouldHoldAll(volume, used: 0);
        volume.Unmount();

        // A cut after the older key went and before the key slots said so: they say it after the next mount.
        ContainerFile.PutBackKeys(volume.Volume, midway);
        Keys(volume, "sealed").GetProperty("rotating").GetBoolean().ShouldBeTrue();
        volume.Mount();
        WaitFor(volume, () => IsEnded(volume));
        ShouldHoldAll(volume, used: 0);
        volume.Check();
        Keys(volume, "sealed").GetProperty("rotating").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task On_a_full_volume_it_waits_until_something_is_deleted()
    {
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount();
        Programs.Shell(volume.Path, "head -c 20M /dev/urandom > kept; sha256sum kept > sum; for i in 1 2 3; do head -c 1M /dev/urandom > small$i; done; head -c 100M /dev/urandom > filler || true; sync");
        volume.Unmount();
        Rotate(volume, "sealed");

        volume.Mount("-o", Fast);
        WaitFor(volume, () => Reseal(volume).GetProperty("state").GetString() == "waiting");
        Programs.Shell(volume.Path, "sha256sum -c --quiet sum; rm filler; echo more > more");
        WaitFor(volume, () => IsEnded(volume));
        Programs.Shell(volume.Path, "sha256sum -c --quiet sum; grep -qx more more");
        volume.Expect("write_back_failed");
        volume.Check();
    }

    /// <summary>Who may open it is decided at once; a backup of before its end holds all of it, and what reads an older state does not see it end.</summary>
    [Fact]
    public async Task An_old_passphrase_does_not_open_and_a_backup_meanwhile_is_whole()
    {
        await using TestVolume volume = Filled("sealed", larges: 20);
        string second = Path.Combine(volume.Scratch, "second");
        File.WriteAllText(second, "another one\n");
        string[] own = ["--passphrase-file", volume.PassphraseFile];
        TesseraCommand.Do(["key", "add", volume.Volume, .. own, "--new-passphrase-file", second, "--key-memory", "8M"]);
        Rotate(volume, "sealed", "--drop-others");
        TesseraCommand.Run("fsck", "--quick", volume.Volume, "--passphrase-file", second).ExitCode.ShouldBe(WrongPassphrase);

        volume.Mount("-o", Slow);
        WaitFor(volume, () => Reseal(volume).GetProperty("percent").GetInt32() > 1);
        TesseraCommand.Do("key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--new-passphrase-file", second, "--key-memory", "8M");
        TesseraCommand.Do("backup", volume.Path, Path.Combine(volume.Scratch, "backups"));
        TesseraCommand.Do("scrub", volume.Path, "--rate", "0");
        volume.Unmount();
        TesseraCommand.Run("fsck", "--quick", volume.Volume, "--passphrase-file", second).ExitCode.ShouldBe(0);

        string restored = Path.Combine(volume.Scratch, "restored");
        TesseraCommand.Do(["restore", Path.Combine(volume.Scratch, "backups"), restored, .. own]);
        TesseraCommand.Do(["fsck", restored, .. own, "--no-remember"]);
        volume.Mount("-o", Fast);
        WaitFor(volume, () => IsEnded(volume));
        ShouldHoldAll(volume, used: 0);
        volume.Check();
    }

    [Fact]
    public async Task Something_damaged_under_the_older_key_keeps_it_until_a_repair()
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount();
        string before = Path.Combine(volume.Scratch, "before");
        Programs.Shell(volume.Path, "sync");
        volume.Unmount();
        File.Copy(volume.Volume, before);
        volume.Mount();
        Programs.Shell(volume.Path, "head -c 3M /dev/urandom > whole; sha256sum whole > sum; head -c 4M /dev/urandom > lost");
        volume.Unmount();
        long place = ContainerFile.MiddleOfLargestChange(before, volume.Volume);
        Rotate(volume, "sealed");
        ContainerFile.FlipBit(volume.Volume, place);

        volume.Mount("-o", Fast);
        WaitFor(volume, () => volume.Info().GetProperty("keys").GetProperty("resealing").GetString() == "damaged");
        Event(volume, "reseal_stopped").ShouldBe(1);
        volume.Unmount();
        TesseraCommand.Run("fsck", "--repair", volume.Volume, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBeLessThanOrEqualTo(Damaged);
        volume.Mount("-o", Fast);
        WaitFor(volume, () => IsEnded(volume));
        volume.Unmount();
        Keys(volume, "sealed").GetProperty("rotating").GetBoolean().ShouldBeFalse();
    }

    private static TestVolume Filled(string profile, int larges)
    {
        TestVolume volume = profile == "scattered" ? TestVolume.Create("--profile", profile, "--size", "192M") : TestVolume.Create();
        volume.Mount();
        foreach (string place in (ReadOnlySpan<string>)[volume.Path, volume.Scratch])
        {
            SampleTree.Create(Path.Combine(place, "tree"), Files, seed: 7);
            for (int i = 0; i < larges; i++)
            {
                File.WriteAllBytes(Path.Combine(place, "tree", $"large {i}"), Content(i));
            }

            Programs.Run(place, "cp", "--reflink=auto", "tree/large 1", "tree/shared 1");
            Programs.Run(place, "cp", "--reflink=auto", "tree/large 2", "tree/shared 2");
        }

        volume.Unmount();
        return volume;
    }

    private static byte[] Content(int number)
    {
        byte[] content = new byte[1 << 20];
        new Random(number).NextBytes(content);
        return content;
    }

    /// <summary>Reads, writes over what is there, lays copies of what may not be sealed anew yet over files that are and are not, and deletes.</summary>
    private static void Use(TestVolume volume, int round)
    {
        string used = Path.Combine(volume.Path, "used");
        Directory.CreateDirectory(used);
        int large = round % 12;
        Programs.Shell(
            volume.Path,
            $"""
            cp --reflink=auto 'tree/large {large}' 'used/copy {large}'
            cp --reflink=auto 'tree/shared 1' used/shared
            dd if='tree/large {large}' of='tree/large {large}' bs=64k count=3 skip=5 seek=5 conv=notrunc status=none
            dd if='tree/large {large}' of='used/part {large}' bs=4k count=9 skip=7 status=none
            cmp 'tree/large {large}' 'used/copy {large}'
            rm -f 'used/copy {(large + 6) % 12}'
            echo {round} >> used/rounds
            """);
    }

    private static void ShouldHoldAll(TestVolume volume, int used)
    {
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), Path.Combine(volume.Scratch, "tree"));
        if (used > 0)
        {
            File.ReadAllLines(Path.Combine(volume.Path, "used", "rounds")).Length.ShouldBe(used);
            File.ReadAllBytes(Path.Combine(volume.Path, "used", "shared")).ShouldBe(Content(1));
        }
    }

    private static string Rotate(TestVolume volume, string profile, params string[] more) =>
        TesseraCommand.Do(["key", "rotate", "--in-background", volume.Volume, .. Opening(volume, profile), .. more]);

    private static string[] Opening(TestVolume volume, string profile) =>
        ["--passphrase-file", volume.PassphraseFile, .. profile == "scattered" ? (string[])["--key-memory", "8M"] : []];

    private static JsonElement Keys(TestVolume volume, string profile) =>
        JsonDocument.Parse(TesseraCommand.Do(["info", "--json", volume.Volume, .. Opening(volume, profile)])).RootElement.GetProperty("keys");

    private static JsonElement Reseal(TestVolume volume) => volume.Stats().GetProperty("reseal");

    private static bool IsEnded(TestVolume volume) => !volume.Info().GetProperty("keys").GetProperty("rotating").GetBoolean() && Reseal(volume).GetProperty("state").GetString() == "ended";

    private static int Event(TestVolume volume, string name) => volume.Log.Count(line => line.GetProperty("event").GetString() == name);

    private static void WaitFor(TestVolume volume, Func<bool> condition)
    {
        for (long started = Stopwatch.GetTimestamp(); !condition();)
        {
            if (Stopwatch.GetElapsedTime(started) > s_limit)
            {
                throw new TimeoutException($"{volume.Info()} {volume.Stats().GetProperty("reseal")}");
            }
        }
    }
}
