using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>Key files that are sealed to a TPM 2.0: that one opens them, without anybody there, and no other does.</summary>
public sealed class TpmKeyTests
{
    [Fact]
    public async Task A_sealed_key_file_opens_with_its_own_tpm_and_with_no_other()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        await using SoftwareTpm other = await SoftwareTpm.StartAsync(volume.Scratch);
        string key = Path.Combine(volume.Scratch, "key");
        AddSealed(volume, tpm, key);

        Encoding.ASCII.GetString(File.ReadAllBytes(key)).ShouldStartWith("tessera tpm2 key 1\npcrs none\n");
        File.GetUnixFileMode(key).ShouldBe(UnixFileMode.UserRead);
        Run(tpm, "mount", volume.Volume, volume.Path, "--key-file", key).ExitCode.ShouldBe(0);
        volume.Adopt();
        Syscall.WriteFile(Path.Combine(volume.Path, "file"), "content"u8);
        volume.Unmount();

        ProgramResult stolen = Run(other, "mount", volume.Volume, volume.Path, "--key-file", key);
        (stolen.ExitCode, stolen.Error.Contains("another TPM", StringComparison.Ordinal)).ShouldBe((3, true), stolen.ToString());
        await tpm.RestartAsync();
        Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(0);
        volume.Mount(); // The passphrase opens the other slot, whatever became of the TPM.
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("content");
        volume.Check();
    }

    [Fact]
    public async Task A_key_bound_to_registers_is_given_while_they_are_as_they_were()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        string key = Path.Combine(volume.Scratch, "key");
        AddSealed(volume, tpm, key, "--tpm-pcrs", "sha256:0,7");
        Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(0);

        tpm.Do("tpm2_pcrextend", $"7:sha256={new string('1', 64)}");
        ProgramResult changed = Run(tpm, "fsck", volume.Volume, "--key-file", key);
        (changed.ExitCode, changed.Error.Contains("sha256:0,7 have other values", StringComparison.Ordinal)).ShouldBe((3, true), changed.ToString());

        await tpm.RestartAsync();
        Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(0);
        string loosened = File.ReadAllText(key).Replace("sha256:0,7", "none", StringComparison.Ordinal);
        Rewrite(key, loosened);
        Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(3, "the TPM holds to its policy, whatever the file says");
    }

    [Fact]
    public async Task Nothing_stays_loaded_in_the_tpm_however_often_it_is_asked()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        string key = Path.Combine(volume.Scratch, "key");
        AddSealed(volume, tpm, key, "--tpm-pcrs", "sha256:7");
        tpm.Do("tpm2_pcrextend", $"7:sha256={new string('1', 64)}");
        for (int i = 0; i < 4; i++)
        {
            Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(3); // Each leaves in the middle of a session.
        }

        tpm.Do("tpm2_getcap", "handles-transient").Trim().ShouldBeEmpty();
        tpm.Do("tpm2_getcap", "handles-loaded-session").Trim().ShouldBeEmpty();
        tpm.Do("tpm2_getcap", "handles-saved-session").Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_tpm_nothing_is_made_and_a_broken_file_is_refused()
    {
        await using TestVolume volume = TestVolume.Create();
        string key = Path.Combine(volume.Scratch, "key");
        ProgramResult none = Programs.TryRun(new ProgramStart(
            TesseraCommand.Launcher, "init", Path.Combine(volume.Scratch, "other"), "--mode", "device", "--key-file", key, "--tpm")
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["TPM2TOOLS_TCTI"] = "swtpm:host=127.0.0.1,port=1" },
        });
        (none.ExitCode, none.Error.Contains("tpm2_createprimary failed", StringComparison.Ordinal)).ShouldBe((1, true), none.ToString());
        File.Exists(key).ShouldBeFalse();
        File.Exists(Path.Combine(volume.Scratch, "other")).ShouldBeFalse();

        TesseraCommand.Run("init", Path.Combine(volume.Scratch, "other"), "--passphrase-file", volume.PassphraseFile, "--tpm").ExitCode.ShouldBe(2);
        TesseraCommand.Run("init", Path.Combine(volume.Scratch, "other"), "--mode", "device", "--key-file", key, "--tpm-pcrs", "sha256:7").ExitCode.ShouldBe(2);
        TesseraCommand.Run("init", Path.Combine(volume.Scratch, "other"), "--mode", "device", "--key-file", key, "--tpm", "--tpm-pcrs", "sha256:7;reboot").ExitCode.ShouldBe(2);
        foreach (string text in new[] { "tessera tpm2 key 2\n", "tessera tpm2 key 1\npcrs sha256:99\npublic AA==\nprivate AA==\n", "tessera tpm2 key 1\npcrs none\npublic ?\nprivate AA==\n" })
        {
            Rewrite(key, text);
            TesseraCommand.Run("fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(2, text);
        }
    }

    private static void AddSealed(TestVolume volume, SoftwareTpm tpm, string key, params string[] options)
    {
        ProgramResult added = Run(tpm, ["key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--mode", "device", "--new-key-file", key, "--tpm", .. options]);
        added.ExitCode.ShouldBe(0, added.ToString());
        added.Error.ShouldContain("sealed to this machine's TPM");
    }

    private static ProgramResult Run(SoftwareTpm tpm, params string[] arguments) =>
        Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, arguments) { Environment = tpm.Environment });

    private static void Rewrite(string key, string text)
    {
        File.Delete(key);
        File.WriteAllText(key, text);
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
    }
}
