using System.Diagnostics;
using Tessera.Mount.Tests.Harness;
using Tessera.Mount.Tests.Mounting;
using Tessera.Mount.Tests.SecurityKeys;

namespace Tessera.Mount.Tests.Vault;

/// <summary>tessera key rotate with what else opens a volume, and in volumes that are hard to rotate: full ones, folders, and with somebody who stops it.</summary>
public sealed class RotationSecretsTests
{
    private const string Pin = "48151623";
    private const int Usage = 2;
    private const int WrongPassphrase = 3;
    private const int NoSpace = 10;
    private const int Interrupted = 130;

    [Fact]
    public async Task A_slot_of_a_security_key_stays_with_two_touches_and_opens_the_new_key()
    {
        await using TestVolume volume = TestVolume.Create();
        using var key = new SoftwareSecurityKey(Pin);
        var ring = new KeyRing(volume.Scratch, key);
        string pin = Path.Combine(volume.Scratch, "pin");
        File.WriteAllText(pin, Pin + "\n");
        string[] device = ["--fido2", "auto", "--fido2-pin-file", pin];
        ProgramResult added = ring.Run("key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--mode", "fido2", "--new-fido2", "auto", "--new-fido2-pin-file", pin);
        added.ExitCode.ShouldBe(0, added.ToString());
        TesseraCommand.Run("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(Usage, "its slot would go unasked");

        int touched = key.Touches;
        ProgramResult rotated = ring.Run(["key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile, .. device]);

        rotated.ExitCode.ShouldBe(0, rotated.ToString());
        key.Touches.ShouldBe(touched + 2, "one to open the old key, one to wrap the new");
        ring.Run(["fsck", volume.Volume, .. device]).ExitCode.ShouldBe(0);
        volume.Mount();
        volume.Check();
    }

    [Fact]
    public async Task A_slot_of_a_key_file_that_a_tpm_opens_stays()
    {
        await using TestVolume volume = TestVolume.Create();
        await using SoftwareTpm tpm = await SoftwareTpm.StartAsync(volume.Scratch);
        string key = Path.Combine(volume.Scratch, "key");
        Run(tpm, "key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--mode", "device", "--new-key-file", key, "--tpm").ExitCode.ShouldBe(0);

        ProgramResult rotated = Run(tpm, "key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--also-key-file", key);

        rotated.ExitCode.ShouldBe(0, rotated.ToString());
        Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(0);

        // The other way round: the key file first, and the passphrase's slot goes.
        rotated = Run(tpm, "key", "rotate", volume.Volume, "--key-file", key, "--drop-others");
        rotated.ExitCode.ShouldBe(0, rotated.ToString());
        Run(tpm, "fsck", volume.Volume, "--key-file", key).ExitCode.ShouldBe(0);
        TesseraCommand.Run("fsck", volume.Volume, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(WrongPassphrase);
    }

    [Fact]
    public async Task A_full_volume_is_rotated_or_says_that_it_has_no_room_and_goes_on_with_some()
    {
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount();
        Directory.CreateDirectory(Path.Combine(volume.Path, "tree"));
        Directory.CreateDirectory(Path.Combine(volume.Scratch, "tree"));
        int files = 0;
        try
        {
            for (; ; files++)
            {
                byte[] content = new byte[300_000];
                new Random(files).NextBytes(content);
                File.WriteAllBytes(Path.Combine(volume.Path, "tree", $"{files}"), content);
                File.WriteAllBytes(Path.Combine(volume.Scratch, "tree", $"{files}"), content);
            }
        }
        catch (IOException)
        {
            File.Delete(Path.Combine(volume.Path, "tree", $"{files}")); // The one that did not fit.
        }

        files.ShouldBeGreaterThan(100);
        volume.Unmount();
        string[] rotate = ["key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile];
        ProgramResult result = TesseraCommand.Run(rotate);
        for (int i = 0; result.ExitCode == NoSpace && i < 10; i++)
        {
            result.Error.ShouldContain("Delete something");
            volume.Fsck();
            volume.Mount();
            TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), Path.Combine(volume.Scratch, "tree"));
            for (int gone = 0; gone < 5 && files > 0; gone++)
            {
                files--;
                File.Delete(Path.Combine(volume.Path, "tree", $"{files}"));
                File.Delete(Path.Combine(volume.Scratch, "tree", $"{files}"));
            }

            volume.Unmount();
            result = TesseraCommand.Run(rotate);
        }

        result.ExitCode.ShouldBe(0, result.ToString());
        volume.Fsck();
        volume.Mount();
        TreeDigest.ShouldBeSame(Path.Combine(volume.Path, "tree"), Path.Combine(volume.Scratch, "tree"));
    }

    [Fact]
    public async Task Interrupted_by_ctrl_c_it_says_how_far_it_is_and_goes_on()
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount();
        for (int i = 0; i < 200; i++)
        {
            byte[] content = new byte[1 << 20];
            new Random(i).NextBytes(content);
            File.WriteAllBytes(Path.Combine(volume.Path, $"{i}"), content);
        }

        IReadOnlyList<string> before = TreeDigest.Of(volume.Path);
        volume.Unmount();
        using Process rotating = Programs.Start(new ProgramStart(TesseraCommand.Launcher, ["key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile]));
        rotating.StandardInput.Close();
        await rotating.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken); // The new recovery code: it is at work.
        Programs.Run("/", "kill", "-INT", $"{rotating.Id}");
        string error = await rotating.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await rotating.WaitForExitAsync(TestContext.Current.CancellationToken);

        rotating.ExitCode.ShouldBe(Interrupted, error);
        error.ShouldContain("Interrupted after");
        volume.Fsck();
        ProgramResult again = TesseraCommand.Run("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile);
        again.ExitCode.ShouldBe(0, again.ToString());
        again.Error.ShouldContain("it goes on");
        volume.Fsck();
        volume.Mount();
        TreeDigest.Of(volume.Path).ShouldBe(before);
    }

    [Fact]
    public async Task A_folder_of_files_is_refused_and_stays_as_it_is()
    {
        await using TestVolume volume = TestVolume.Create("--file-size", "8M", "--size", "128M");
        ProgramResult refused = TesseraCommand.Run("key", "rotate", volume.Volume, "--passphrase-file", volume.PassphraseFile);
        refused.ExitCode.ShouldBe(Usage, refused.ToString());
        refused.Error.ShouldContain("tessera import");
        volume.Fsck();
    }

    private static ProgramResult Run(SoftwareTpm tpm, params string[] arguments) =>
        Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, arguments) { Environment = tpm.Environment });
}
