using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>fio(1) writes blocks in random order, each with its number and a CRC-32C, and verifies them: at once, and after a remount.</summary>
[Trait("Campaign", "integrity")]
public sealed class FioTests
{
    private const int Block = 4096;

    [Fact]
    public async Task Written_blocks_verify_at_once_and_after_a_remount()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Fio(volume.Path, "--do_verify=1").ExitCode.ShouldBe(0);
        volume.Unmount();
        volume.Fsck();
        volume.Mount();
        ProgramResult again = Fio(volume.Path, "--verify_only=1");
        again.ExitCode.ShouldBe(0, again.ToString());
        volume.Check();
    }

    /// <summary>What the campaign must find.</summary>
    [Theory]
    [InlineData("one bit")]
    [InlineData("a lost block")]
    [InlineData("a block of another place")]
    public async Task A_planted_fault_is_found(string fault)
    {
        await using TestVolume volume = TestVolume.Mounted();
        Fio(volume.Path, "--do_verify=0").ExitCode.ShouldBe(0);
        await using (FileStream file = new(Directory.EnumerateFiles(volume.Path, "small*").First(), FileMode.Open, FileAccess.ReadWrite))
        {
            byte[] block = new byte[Block];
            file.ReadExactly(block);
            (block, file.Position) = fault switch
            {
                "one bit" => ([.. block[..1000], (byte)(block[1000] ^ 1), .. block[1001..]], 0L),
                "a lost block" => (new byte[Block], 10L * Block),
                _ => (block, 10L * Block),
            };
            file.Write(block);
        }

        ProgramResult result = Fio(volume.Path, "--verify_only=1");
        result.ExitCode.ShouldNotBe(0);
        result.ToString().ShouldContain("verify");
        volume.Check();
    }

    /// <summary>Four writers of files of their own: small blocks and large ones, through the page cache and past it.</summary>
    private static ProgramResult Fio(string directory, string how)
    {
        string size = $"--size={CampaignSize.Of(12, 1024)}M";
        string[] shared = ["--verify=crc32c", "--verify_fatal=1", "--rw=randwrite", "--ioengine=psync", "--group_reporting", $"--directory={directory}", size, how];
        return Programs.TryRun(new ProgramStart(
            "fio",
            [
                .. shared, "--name=small", "--bs=4k", "--name=large", .. shared, "--bs=128k", "--name=smalldirect", .. shared, "--bs=4k", "--direct=1",
                "--name=largedirect", .. shared, "--bs=128k", "--direct=1",
            ]));
    }
}
