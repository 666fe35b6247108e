using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>A volume on a block device: as large as it is, alone on it, and never made over something by mistake.</summary>
public sealed class DeviceTests
{
    private const long Size = 128L << 20;
    private const long LargerSize = 200L << 20;
    private const int FileBytes = 20 << 20;
    private const int Exclusive = 0x82; // O_RDWR | O_EXCL

    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    [InlineData("plain")]
    public async Task A_device_is_a_volume(string profile)
    {
        using LoopDevice device = LoopDevice.Make(Size);
        await using TestVolume volume = TestVolume.CreateOn(device.Path, "--profile", profile);
        volume.Mount();
        byte[] content = Content(1);
        Syscall.WriteFile(Path.Combine(volume.Path, "file"), content);
        new DriveInfo(volume.Path).TotalSize.ShouldBeInRange(Size - (24L << 20), Size);
        volume.Info().GetProperty("size_limit").GetInt64().ShouldBe(Size);
        Should.Throw<SyscallException>(() => Syscall.OpenFile(device.Path, Exclusive)).Message.ShouldContain("busy");
        volume.TryMount().ExitCode.ShouldBe(6);

        volume.Kill();
        Programs.Run("/", "umount", "-l", volume.Path);
        volume.Mount();
        File.ReadAllBytes(Path.Combine(volume.Path, "file")).AsSpan().SequenceEqual(content).ShouldBeTrue();
        volume.Check();
        if (profile == "scattered")
        {
            NoiseCheck.ShouldBeNoise(device.Sectors, Size);
        }
    }

    [Fact]
    public async Task Its_keys_are_changed_while_it_is_mounted()
    {
        using LoopDevice device = LoopDevice.Make(Size);
        await using TestVolume volume = TestVolume.CreateOn(device.Path);
        volume.Mount();
        string second = Path.Combine(Path.GetDirectoryName(volume.PassphraseFile)!, "second");
        await File.WriteAllTextAsync(second, "another one altogether", TestContext.Current.CancellationToken);

        TesseraCommand.Do("key", "add", device.Path, "--passphrase-file", volume.PassphraseFile, "--new-passphrase-file", second, "--key-memory", "8M");

        volume.Unmount();
        TesseraCommand.Do("fsck", device.Path, "--passphrase-file", second);
    }

    [Fact]
    public async Task What_is_on_a_device_is_not_overwritten_unasked()
    {
        using LoopDevice device = LoopDevice.Make(Size);
        Programs.Run("/", "mkfs.ext4", "-q", device.Path);
        byte[] before = Beginning(device.Path);
        await using TestVolume other = TestVolume.CreatePlain();

        ProgramResult refused = TesseraCommand.Run("init", device.Path, "--passphrase-file", other.PassphraseFile, "--key-memory", "8M");

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain("--overwrite");
        Beginning(device.Path).ShouldBe(before);
        await using TestVolume volume = TestVolume.CreateOn(device.Path, "--overwrite");
        volume.Mount();
        volume.Check();
        TesseraCommand.Run("init", device.Path, "--passphrase-file", other.PassphraseFile).Error.ShouldContain("--overwrite");
    }

    [Fact]
    public async Task A_device_that_has_become_larger_is_grown_into()
    {
        using LoopDevice device = LoopDevice.Make(Size);
        await using TestVolume volume = TestVolume.CreateOn(device.Path);
        volume.Mount();
        TesseraCommand.Run("grow", volume.Path, "--size", "200M").ExitCode.ShouldNotBe(0, "the device is not as large");
        device.Extend(LargerSize);

        JsonElement grown = JsonDocument.Parse(TesseraCommand.Do("grow", volume.Path, "--size", "200M", "--json")).RootElement;

        grown.GetProperty("new_bytes").GetInt64().ShouldBe(LargerSize);
        for (int i = 0; i < 7; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"file {i}"), Content(i)); // More than there was before.
        }

        volume.Remount();
        File.ReadAllBytes(Path.Combine(volume.Path, "file 6")).AsSpan().SequenceEqual(Content(6)).ShouldBeTrue();
        volume.Check();
    }

    private static byte[] Content(int seed)
    {
        byte[] content = new byte[FileBytes];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static byte[] Beginning(string device)
    {
        byte[] bytes = new byte[1 << 20];
        using FileStream file = File.OpenRead(device);
        file.ReadExactly(bytes);
        return bytes;
    }
}
