using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>tessera grow, on a mount and off it.</summary>
public sealed class GrowTests
{
    private const long OldSize = 96L << 20;
    private const long NewSize = 230L << 20;
    private const int PieceBytes = 1 << 20;
    private const int Removed = 10;

    /// <summary>What ENOSPC refused before goes in afterwards, while other files are written; nothing is lost, and the size stays.</summary>
    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    public async Task A_full_mount_takes_more_once_it_is_grown(string profile)
    {
        await using TestVolume volume = TestVolume.Create("--profile", profile, "--size", "96M");
        volume.Mount();
        int pieces = Fill(volume.Path, "before", most: 200);
        Should.Throw<SyscallException>(() => Syscall.WriteFile(Path.Combine(volume.Path, "refused"), Content(999))).Message.ShouldContain("No space");
        File.Delete(Path.Combine(volume.Path, "refused"));
        for (int i = 0; i < Removed; i++)
        {
            File.Delete(Path.Combine(volume.Path, $"before {i}")); // Room for what is written meanwhile.
        }

        using var stop = new CancellationTokenSource();
        Task<int> writing = Task.Run(() => Overwrite(Path.Combine(volume.Path, "busy"), stop.Token), CancellationToken.None);

        JsonElement grown = JsonDocument.Parse(TesseraCommand.Do("grow", volume.Path, "--size", "230M", "--json")).RootElement;

        (grown.GetProperty("old_bytes").GetInt64(), grown.GetProperty("new_bytes").GetInt64()).ShouldBe((OldSize, NewSize));
        await stop.CancelAsync();
        (await writing).ShouldBePositive();
        new DriveInfo(volume.Path).TotalSize.ShouldBeInRange(NewSize - (16L << 20), NewSize);
        Fill(volume.Path, "after", most: 60).ShouldBe(60);
        ShouldHold(volume.Path, pieces);

        volume.Remount();
        new DriveInfo(volume.Path).TotalSize.ShouldBeInRange(NewSize - (16L << 20), NewSize);
        volume.Info().GetProperty("size_limit").GetInt64().ShouldBe(NewSize);
        ShouldHold(volume.Path, pieces);
        volume.Check();
        if (profile == "scattered")
        {
            NoiseCheck.ShouldBeNoise(volume.Volume, NewSize);
        }
    }

    [Fact]
    public async Task A_volume_grows_while_it_is_not_mounted()
    {
        await using TestVolume volume = TestVolume.Create("--profile", "scattered", "--size", "96M");
        string[] opening = ["--passphrase-file", volume.PassphraseFile, "--key-memory", "8M"];

        TesseraCommand.Do(["grow", volume.Volume, "--size", "150M", .. opening]).ShouldContain("150");

        NoiseCheck.ShouldBeNoise(volume.Volume, 150L << 20);
        TesseraCommand.Do(["grow", volume.Volume, "--size", "150M", .. opening]).ShouldContain("already");
        volume.Mount();
        Fill(volume.Path, "file", most: 100).ShouldBe(100);
        volume.Check();
    }

    [Theory]
    [InlineData("64M", "64M", "smaller")]
    [InlineData(null, "1G", "no size limit")]
    public async Task What_cannot_be_is_refused_and_changes_nothing(string? size, string wanted, string reason)
    {
        await using TestVolume volume = size is null ? TestVolume.Create() : TestVolume.Create("--size", "128M");
        volume.Mount();

        ProgramResult refused = TesseraCommand.Run("grow", volume.Path, "--size", wanted);

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(reason);
        volume.Info().GetProperty("size_limit").GetInt64().ShouldBe(size is null ? 0 : 128L << 20);
        volume.Check();
    }

    /// <summary>Writes files until one does not fit, which is removed again.</summary>
    private static int Fill(string directory, string name, int most)
    {
        for (int i = 0; i < most; i++)
        {
            string path = Path.Combine(directory, $"{name} {i}");
            try
            {
                Syscall.WriteFile(path, Content(i));
            }
            catch (SyscallException full)
            {
                full.Message.ShouldContain("No space");
                File.Delete(path);
                return i;
            }
        }

        return most;
    }

    private static int Overwrite(string path, CancellationToken stop)
    {
        int rounds = 0;
        for (; !stop.IsCancellationRequested; rounds++)
        {
            Syscall.WriteFile(path, Content(rounds)[..(64 << 10)]);
        }

        return rounds;
    }

    private static void ShouldHold(string directory, int pieces)
    {
        for (int i = Removed; i < pieces; i++)
        {
            File.ReadAllBytes(Path.Combine(directory, $"before {i}")).AsSpan().SequenceEqual(Content(i)).ShouldBeTrue($"file {i}");
        }
    }

    private static byte[] Content(int seed)
    {
        byte[] content = new byte[PieceBytes];
        new Random(seed).NextBytes(content);
        return content;
    }
}
