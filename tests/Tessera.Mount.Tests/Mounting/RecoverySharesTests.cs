using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>A recovery code in shares: handed out, some lost, and put together again by those that are left.</summary>
public sealed class RecoverySharesTests
{
    [Fact]
    public async Task Any_three_of_five_open_a_volume_whose_passphrase_is_lost_and_two_do_not()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Syscall.WriteFile(Path.Combine(volume.Path, "file"), "content"u8);
        volume.Unmount();
        string[] shares = TesseraCommand.Do("key", "recovery", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--shares", "5", "--threshold", "3")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        shares.Length.ShouldBe(5);

        ProgramResult tooFew = Join(shares[1], shares[3]);
        tooFew.ExitCode.ShouldBe(2);
        tooFew.Error.ShouldContain("3 different shares are needed, 2 came.");
        tooFew.Output.ShouldBeEmpty();
        ProgramResult mistyped = Join(shares[1], shares[3].Replace(shares[3][8], shares[3][8] == 'A' ? 'B' : 'A'), shares[4]);
        mistyped.ExitCode.ShouldBe(2);
        mistyped.Error.ShouldContain("Line 2: Group");

        ProgramResult joined = Join(shares[4], string.Empty, shares[1].ToLowerInvariant(), shares[3]);
        joined.ExitCode.ShouldBe(0, joined.ToString());
        string code = Path.Combine(volume.Scratch, "code");
        File.WriteAllText(code, joined.Output);
        TesseraCommand.Do("mount", volume.Volume, volume.Path, "--passphrase-file", code);
        volume.Adopt();
        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("content");
        volume.Check();
    }

    private static ProgramResult Join(params string[] shares) =>
        Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, "key", "join") { Input = string.Join('\n', shares) + "\n" });
}
