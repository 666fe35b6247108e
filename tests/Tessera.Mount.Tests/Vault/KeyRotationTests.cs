using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>tessera key rotate: another volume key, everything sealed anew, interrupted or not (docs/format/keys.md, section 6.1).</summary>
public sealed class KeyRotationTests
{
    private const int Usage = 2;
    private const int WrongPassphrase = 3;
    private const int Damaged = 5;
    private const int Busy = 6;
    private const int RolledBack = 13;
    private const int Files = 300;
    private const int Kills = 6;

    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    public async Task Everything_is_there_under_the_new_key_and_older_key_slots_open_nothing(string profile)
    {
        await using TestVolume volume = Filled(profile, larges: profile == "scattered" ? 20 : 80);
        byte[] older = File.ReadAllBytes(volume.Volume);

        JsonElement facts = JsonDocument.Parse(Rotate(volume, profile, "--json").Output).RootElement;

        facts.GetProperty("complete").GetBoolean().ShouldBeTrue();
        facts.GetProperty("key_epoch").GetInt32().ShouldBe(2);
        facts.GetProperty("resealed_bytes").GetInt64().ShouldBeGreaterThan(1 << 20);
        JsonElement keys = Info(volume, profile).GetProperty("keys");
        (keys.GetProperty("epoch").GetInt32(), keys.GetProperty("rotating").GetBoolean()).ShouldBe((2, false));
        volume.Fsck();
        ShouldHoldAll(volume);
        volume.Info().GetProperty("keys").GetProperty("rotating").GetBoolean().ShouldBeFalse();
        volume.Unmount();

        // The key that the older slots hold opens no root of the volume any more.
        ContainerFile.PutBackKeys(volume.Volume, older);
        ProgramResult refused = Fsck(volume, profile);
        refused.ExitCode.ShouldBe(Damaged, refused.ToString());
        refused.Error.ShouldContain("from before a rotation of the key");
        volume.TryMount().ExitCode.ShouldBe(Damaged);
        TesseraCommand.Run(["fsck", "--repair", volume.Volume, .. Opening(volume, profile)]).ExitCode.ShouldBe(Damaged);

        // The whole older volume is older, also to who asks by its own key.
        File.WriteAllBytes(volume.Volume, older);
        ProgramResult old = Fsck(volume, profile);
        old.ExitCode.ShouldBe(RolledBack, old.ToString());
    }

    [Fact]
    public async Task Killed_again_and_again_it_goes_on_and_each_time_nothing_is_wrong()
    {
        await using TestVolume volume = Filled("sealed", larges: 300);
        int killed = 0;
        for (int i = 0; i < Kills; i++)
        {
            using Process rotating = Programs.Start(new ProgramStart(TesseraCommand.Launcher, ["key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile]));
            rotating.StandardInput.Close();
            byte[] before = Roots(volume.Volume);
            while (!rotating.HasExited && Roots(volume.Volume).AsSpan().SequenceEqual(before))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken); // Once it has written roots, it is at work.
            }

            if (!rotating.WaitForExit(TimeSpan.FromMilliseconds(60 * i)))
            {
                rotating.Kill(entireProcessTree: true);
                await rotating.WaitForExitAsync(CancellationToken.None);
                killed++;
            }

            volume.Fsck();
            if (i % 2 == 1)
            {
                ShouldHoldAll(volume); // A mount of a half rotated volume works, and what it writes is under the new key.
                File.WriteAllText(Path.Combine(volume.Path, $"between {i}"), "written between");
                volume.Unmount();
            }
        }

        killed.ShouldBeGreaterThan(2);
        Rotate(volume, "sealed");
        volume.Fsck();
        ShouldHoldAll(volume);
        File.ReadAllText(Path.Combine(volume.Path, "between 1")).ShouldBe("written between");
        volume.Unmount();
        JsonElement keys = Info(volume, "sealed").GetProperty("keys");
        keys.GetProperty("rotating").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Slots_go_only_when_that_is_said()
    {
        await using TestVolume volume = TestVolume.Create();
        string second = Secret(volume, "second", "another one\n");
        string third = Secret(volume, "third", "a third one\n");
        string keyFile = Path.Combine(volume.Scratch, "key");
        TesseraCommand.Do("key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--new-passphrase-file", second, "--key-memory", "8M", "--name", "laptop");
        TesseraCommand.Do("key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--mode", "hybrid", "--new-passphrase-file", third, "--new-key-file", keyFile, "--key-memory", "8M");
        string[] own = ["key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile];

        ProgramResult refused = TesseraCommand.Run(own);
        refused.ExitCode.ShouldBe(Usage, refused.ToString());
        refused.Error.ShouldContain("2 (user, laptop)");
        TesseraCommand.Run([.. own, "--also-passphrase-file", Secret(volume, "wrong", "no such passphrase\n")]).ExitCode.ShouldBe(WrongPassphrase);
        string listed = TesseraCommand.Do("key", "list", volume.Volume, "--json");
        JsonDocument.Parse(listed).RootElement.GetArrayLength().ShouldBe(4);

        // The one is kept, with its key file; the other goes, because somebody says so. There is a new recovery code.
        ProgramResult rotated = TesseraCommand.Run([.. own, "--also-passphrase-file", third, "--also-key-file", keyFile, "--drop-others"]);
        rotated.ExitCode.ShouldBe(0, rotated.ToString());
        string code = Secret(volume, "code", rotated.Output.Split('\n')[0]);
        Opens(volume, volume.PassphraseFile).ShouldBe(0);
        Opens(volume, second).ShouldBe(WrongPassphrase);
        Opens(volume, third).ShouldBe(WrongPassphrase);
        TesseraCommand.Run("fsck", "--quick", volume.Volume, "--passphrase-file", third, "--key-file", keyFile).ExitCode.ShouldBe(0);
        Opens(volume, code).ShouldBe(0);

        // A second one, with the recovery code: it stays.
        ProgramResult again = TesseraCommand.Run([.. own, "--also-passphrase-file", code, "--drop-others", "--json"]);
        again.ExitCode.ShouldBe(0, again.ToString());
        JsonDocument.Parse(again.Output).RootElement.GetProperty("key_epoch").GetInt32().ShouldBe(3);
        Opens(volume, code).ShouldBe(0);
        TesseraCommand.Run("fsck", "--quick", volume.Volume, "--passphrase-file", third, "--key-file", keyFile).ExitCode.ShouldBe(WrongPassphrase);
    }

    /// <summary>An increment would be sealed under another key than what it builds on; what was taken before is readable still, by the secrets of its day.</summary>
    [Fact]
    public async Task The_next_backup_has_to_be_a_full_one()
    {
        await using TestVolume volume = Filled("sealed", larges: 4);
        string directory = Path.Combine(volume.Scratch, "backups");
        string[] own = ["--passphrase-file", volume.PassphraseFile];
        volume.Mount();
        TesseraCommand.Do("backup", volume.Path, directory);
        volume.Unmount();
        Rotate(volume, "sealed");
        volume.Mount();

        ProgramResult refused = TesseraCommand.Run("backup", volume.Path, directory);
        refused.ExitCode.ShouldBe(Usage, refused.ToString());
        refused.Error.ShouldContain("--full");
        TesseraCommand.Do("backup", "--full", volume.Path, directory);
        File.WriteAllText(Path.Combine(volume.Path, "later"), "written later");
        TesseraCommand.Do("backup", volume.Path, directory);
        string restored = Path.Combine(volume.Scratch, "restored");
        TesseraCommand.Do(["restore", directory, restored, .. own]);
        TesseraCommand.Do(["fsck", restored, .. own]);
        volume.Check();
    }

    [Fact]
    public async Task What_has_no_key_or_is_in_use_is_refused()
    {
        await using TestVolume plain = TestVolume.CreatePlain();
        ProgramResult refused = TesseraCommand.Run("key", "rotate", plain.Volume, "--passphrase-file", plain.PassphraseFile);
        refused.ExitCode.ShouldBe(Usage, refused.ToString());
        await using TestVolume mounted = TestVolume.Mounted();
        ProgramResult busy = TesseraCommand.Run("key", "rotate", mounted.Volume, "--passphrase-file", mounted.PassphraseFile);
        busy.ExitCode.ShouldBe(Busy, busy.ToString());
        mounted.Check();
    }

    private static TestVolume Filled(string profile, int larges)
    {
        TestVolume volume = profile == "scattered" ? TestVolume.Create("--profile", profile, "--size", "192M") : TestVolume.Create();
        volume.Mount();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), Files, seed: 7);
        SampleTree.Create(Path.Combine(volume.Scratch, "tree"), Files, seed: 7);
        for (int i = 0; i < larges; i++)
        {
            File.WriteAllBytes(Path.Combine(volume.Path, "tree", $"large {i}"), Content(i));
            File.WriteAllBytes(Path.Combine(volume.Scratch, "tree", $"large {i}"), Content(i));
        }

        foreach (string place in (ReadOnlySpan<string>)[volume.Path, volume.Scratch])
        {
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

    private static void ShouldHoldAll(TestVolume volume)
    {
        volume.Mount();
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), Path.Combine(volume.Scratch, "tree"));
    }

    private static string[] Opening(TestVolume volume, string profile) =>
        ["--passphrase-file", volume.PassphraseFile, .. profile == "scattered" ? (string[])["--key-memory", "8M"] : []];

    private static ProgramResult Rotate(TestVolume volume, string profile, params string[] more)
    {
        ProgramResult result = TesseraCommand.Run(["key", "rotate", volume.Volume, .. Opening(volume, profile), .. more]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result;
    }

    private static ProgramResult Fsck(TestVolume volume, string profile) => TesseraCommand.Run(["fsck", "--quick", volume.Volume, .. Opening(volume, profile)]);

    private static JsonElement Info(TestVolume volume, string profile) =>
        JsonDocument.Parse(TesseraCommand.Do(["info", "--json", volume.Volume, .. Opening(volume, profile)])).RootElement;

    private static int Opens(TestVolume volume, string passphrase) => TesseraCommand.Run("fsck", "--quick", volume.Volume, "--passphrase-file", passphrase).ExitCode;

    private static string Secret(TestVolume volume, string name, string text)
    {
        string path = Path.Combine(volume.Scratch, string.Create(CultureInfo.InvariantCulture, $"secret of {name}"));
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Copy A of both roots.</summary>
    private static byte[] Roots(string path)
    {
        using var file = new SafeFileHandle(Syscall.OpenFile(path, 0), ownsHandle: true);
        byte[] roots = new byte[2 * ContainerFile.Slot];
        RandomAccess.Read(file, roots, ContainerFile.Root(0, 0));
        return roots;
    }
}
