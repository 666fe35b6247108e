using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>Volumes that cannot be mounted: each has its sentence and its exit code (docs/guide/exit-codes.md), and stays as it is.</summary>
public sealed class UnusableVolumeTests
{
    [Fact]
    public async Task What_is_no_volume_is_said_to_be_none()
    {
        await using TestVolume volume = TestVolume.Create();
        string other = Path.Combine(volume.Scratch, "other");
        File.WriteAllBytes(other, new byte[1 << 20]);
        Mount(volume, other).ExitCode.ShouldBe(4);

        File.WriteAllText(other, string.Empty);
        Mount(volume, other).ExitCode.ShouldBe(4);

        Mount(volume, Path.Combine(volume.Scratch, "none")).ExitCode.ShouldBe(4);
        Mount(volume, "/dev/null").ExitCode.ShouldBe(4);
        Mount(volume, volume.Scratch).ExitCode.ShouldBe(4);
    }

    [Fact]
    public async Task A_newer_format_is_left_to_newer_programs()
    {
        await using TestVolume volume = TestVolume.Create();
        ContainerFile.SetVersion(volume.Volume, 99);

        ProgramResult result = volume.TryMount();

        result.ExitCode.ShouldBe(8);
        result.Error.ShouldContain("99");
    }

    [Fact]
    public async Task A_wrong_passphrase_is_told_from_damage_and_changes_nothing()
    {
        await using TestVolume volume = TestVolume.Create();
        byte[] before = File.ReadAllBytes(volume.Volume);

        ProgramResult result = TesseraCommand.Run("mount", volume.Volume, volume.Path, "--passphrase-command", "echo wrong");

        result.ExitCode.ShouldBe(3);
        File.ReadAllBytes(volume.Volume).AsSpan().SequenceEqual(before).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(40_000_000)]
    public async Task A_truncated_volume_is_damaged_and_mounts_again_when_its_end_is_back(long length)
    {
        await using TestVolume volume = TestVolume.Create();
        byte[] whole = File.ReadAllBytes(volume.Volume);
        ContainerFile.Truncate(volume.Volume, length);

        volume.TryMount().ExitCode.ShouldBe(5);
        volume.TryMount("--read-only").ExitCode.ShouldBe(5);

        volume.Expect("store", "ended");
        File.WriteAllBytes(volume.Volume, whole);
        volume.Mount();
        volume.Check();
    }

    [Fact]
    public async Task One_damaged_copy_of_anything_fixed_costs_nothing()
    {
        await using TestVolume volume = TestVolume.Create();
        for (int copy = 0; copy < 2; copy++)
        {
            ContainerFile.FlipBit(volume.Volume, ContainerFile.Header(copy) + 100);
            ContainerFile.FlipBit(volume.Volume, ContainerFile.Keys(copy) + 100);
            ContainerFile.FlipBit(volume.Volume, ContainerFile.Root(copy, 0) + 100);
            ContainerFile.FlipBit(volume.Volume, ContainerFile.Root(copy, 1) + 100);
            volume.Mount();
            volume.Unmount();
            ContainerFile.FlipBit(volume.Volume, ContainerFile.Header(copy) + 100); // Never rewritten; the others are mended by mounting.
        }

        volume.Check();
    }

    [Theory]
    [InlineData("header")]
    [InlineData("keys")]
    [InlineData("roots")]
    public async Task Both_copies_damaged_are_damage(string what)
    {
        await using TestVolume volume = TestVolume.Create();
        for (int copy = 0; copy < 2; copy++)
        {
            long[] places = what switch
            {
                "header" => [ContainerFile.Header(copy)],
                "keys" => [ContainerFile.Keys(copy)],
                _ => [ContainerFile.Root(copy, 0), ContainerFile.Root(copy, 1)],
            };
            foreach (long place in places)
            {
                ContainerFile.FlipBit(volume.Volume, place + 100);
            }
        }

        volume.TryMount().ExitCode.ShouldBe(5);
    }

    private static ProgramResult Mount(TestVolume volume, string path) =>
        TesseraCommand.Run("mount", path, volume.Path, "--passphrase-file", volume.PassphraseFile);
}
