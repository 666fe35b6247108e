using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>tessera fsck --repair by the shipped command: a volume in order, and an exact list of what is lost.</summary>
public sealed class RepairTests
{
    private const int DamagedCode = 5;
    private const int BusyCode = 6;
    private const int LargeBytes = 6 << 20;

    /// <summary>More than the group that has the second copies of the fixed slots, so that the cut is behind them.</summary>
    private const int BeyondOneGroup = 96 << 20;

    [Fact]
    public async Task A_damaged_block_costs_the_bytes_that_are_listed_and_the_volume_is_in_order_again()
    {
        await using TestVolume volume = TestVolume.Mounted();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), files: 100, seed: 41);
        string copy = Path.Combine(volume.Scratch, "copy");
        Programs.Run(volume.Scratch, "cp", "-a", Path.Combine(volume.Path, "tree"), copy);
        volume.Unmount();
        string before = Path.Combine(volume.Scratch, "before");
        File.Copy(volume.Volume, before);
        volume.Mount();
        byte[] content = new byte[LargeBytes];
        new Random(5).NextBytes(content);
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), content);
        Repair(volume).ExitCode.ShouldBe(BusyCode, "it is mounted");
        volume.Unmount();
        ContainerFile.FlipBit(volume.Volume, ContainerFile.MiddleOfLargestChange(before, volume.Volume) + 1000);
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Header(1) + 100);
        TesseraCommand.Run("fsck", volume.Volume, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(DamagedCode);

        ProgramResult repaired = Repair(volume, "--json");

        repaired.ExitCode.ShouldBe(0, repaired.ToString());
        (long, long) lost = LostOfLarge(repaired).ShouldHaveSingleItem();
        volume.Fsck();
        volume.Mount();
        Programs.Run(volume.Scratch, "diff", "-r", "--no-dereference", Path.Combine(volume.Path, "tree"), copy);
        CompareLarge(Path.Combine(volume.Path, "large"), content, lost);

        // What is lost can be written anew, and is whole then.
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), content);
        File.ReadAllBytes(Path.Combine(volume.Path, "large")).AsSpan().SequenceEqual(content).ShouldBeTrue();
        volume.Expect("file_damaged");
        volume.Check();
    }

    [Fact]
    public async Task A_whole_volume_loses_nothing()
    {
        await using TestVolume volume = TestVolume.Mounted();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), files: 100, seed: 42);
        string copy = Path.Combine(volume.Scratch, "copy");
        Programs.Run(volume.Scratch, "cp", "-a", Path.Combine(volume.Path, "tree"), copy);
        volume.Unmount();

        ProgramResult repaired = Repair(volume);

        repaired.ExitCode.ShouldBe(0, repaired.ToString());
        repaired.Output.ShouldContain("0 losses");
        volume.Mount();
        Programs.Run(volume.Scratch, "diff", "-r", "--no-dereference", Path.Combine(volume.Path, "tree"), copy);
        volume.Check();
    }

    /// <summary>The last that was written is cut off: every file is as it was, or is listed and fails where it is listed.</summary>
    [Fact]
    public async Task A_volume_cut_short_is_refused_and_repaired_with_what_is_left_and_a_list_of_the_rest()
    {
        await using TestVolume volume = TestVolume.Mounted();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), files: 100, seed: 43);
        string copy = Path.Combine(volume.Scratch, "copy");
        Programs.Run(volume.Scratch, "cp", "-a", Path.Combine(volume.Path, "tree"), copy);
        volume.Unmount();
        string before = Path.Combine(volume.Scratch, "before");
        File.Copy(volume.Volume, before);
        volume.Mount();
        byte[] content = new byte[BeyondOneGroup];
        new Random(6).NextBytes(content);
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), content);
        volume.Unmount();
        ContainerFile.Truncate(volume.Volume, ContainerFile.MiddleOfLargestChange(before, volume.Volume) + 1000);

        ProgramResult refused = volume.TryMount();
        refused.ExitCode.ShouldBe(DamagedCode);
        refused.Error.ShouldContain("cut short");
        ProgramResult repaired = Repair(volume, "--json");

        repaired.ExitCode.ShouldBe(0, repaired.ToString());
        (long, long)[] lost = LostOfLarge(repaired);
        volume.Fsck();
        volume.Mount();
        Programs.Run(volume.Scratch, "diff", "-r", "--no-dereference", Path.Combine(volume.Path, "tree"), copy);
        CompareLarge(Path.Combine(volume.Path, "large"), content, lost);
        volume.Expect("file_damaged", "store", "ended");
        volume.Check();
    }

    private static ProgramResult Repair(TestVolume volume, params string[] options) =>
        TesseraCommand.Run(["fsck", "--repair", volume.Volume, "--passphrase-file", volume.PassphraseFile, .. options]);

    /// <summary>The ranges that a repair says are lost, all of one file.</summary>
    private static (long Start, long End)[] LostOfLarge(ProgramResult repaired)
    {
        JsonElement[] losses = [.. JsonDocument.Parse(repaired.Output).RootElement.GetProperty("repair").GetProperty("losses").EnumerateArray()];
        losses.ShouldNotBeEmpty();
        losses.ShouldAllBe(loss => loss.GetProperty("code").GetString() == "bytes-lost" && loss.GetProperty("path").GetString() == "/large", repaired.Output);
        return [.. losses.Select(loss => (loss.GetProperty("start").GetInt64(), loss.GetProperty("end").GetInt64()))];
    }

    private static void CompareLarge(string path, byte[] content, params (long Start, long End)[] lost)
    {
        const int Page = 4096;
        byte[] page = new byte[Page];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        for (int at = 0; at < content.Length; at += Page)
        {
            bool isLost = Array.Exists(lost, range => at < range.End && at + Page > range.Start);
            bool isRead;
            try
            {
                isRead = RandomAccess.Read(file.SafeFileHandle, page, at) == Page;
            }
            catch (IOException)
            {
                isRead = false;
            }

            isRead.ShouldBe(!isLost, $"page at {at}");
            (isLost || page.AsSpan().SequenceEqual(content.AsSpan(at, Page))).ShouldBeTrue($"page at {at} has other bytes");
        }
    }
}
