using System.Diagnostics;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>tessera scrub by the shipped command, on a mount that goes on working and on a volume that is not mounted.</summary>
public sealed class ScrubTests
{
    private const int Damaged = 5;
    private const int Interrupted = 130;
    private const int LargeBytes = 24 << 20;
    private const int RateMebibytes = 8;

    /// <summary>O_DIRECT of open(2) on x86.</summary>
    private const int DirectRead = 0x4000;

    [Fact]
    public async Task On_a_live_mount_a_damaged_block_is_named_and_damaged_copies_are_healed()
    {
        await using TestVolume volume = TestVolume.Mounted();
        byte[] content = new byte[LargeBytes];
        new Random(3).NextBytes(content);
        Directory.CreateDirectory(Path.Combine(volume.Path, "folder"));
        string large = Path.Combine(volume.Path, "folder", "large");
        string before = Path.Combine(volume.Scratch, "before");
        Programs.Run(volume.Scratch, "cp", volume.Volume, before);
        Syscall.WriteFile(large, content);
        Programs.Run(volume.Scratch, "sync", large);
        ContainerFile.FlipBit(volume.Volume, ContainerFile.MiddleOfLargestChange(before, volume.Volume) + 1000);
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Header(1) + 100);
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Keys(0) + 100);

        ProgramResult result = TesseraCommand.Run("scrub", "--json", "--rate", "0", volume.Path);

        result.ExitCode.ShouldBe(Damaged, result.ToString());
        JsonElement facts = JsonDocument.Parse(result.Output).RootElement;
        facts.GetProperty("complete").GetBoolean().ShouldBeTrue();
        facts.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(LargeBytes);
        facts.GetProperty("damaged").EnumerateArray()
            .Select(place => (place.GetProperty("code").GetString(), place.GetProperty("healed").GetBoolean()))
            .ShouldBe([("BlockDamaged", false), ("HeaderCopyDamaged", true), ("KeySlotsCopyDamaged", true)], ignoreOrder: true);
        JsonElement lost = facts.GetProperty("lost").EnumerateArray().ShouldHaveSingleItem();
        lost.GetProperty("path").GetString().ShouldBe("/folder/large");
        ShouldBeHurtThereAndNowhereElse(large, content, lost.GetProperty("start").GetInt64(), lost.GetProperty("end").GetInt64());

        File.Delete(large);
        File.WriteAllText(Path.Combine(volume.Path, "folder", "after"), "the mount lives on");
        volume.Expect("file_damaged");
        volume.Check();
    }

    [Fact]
    public async Task Of_a_volume_that_is_not_mounted_every_damaged_copy_is_healed_and_a_second_one_finds_nothing()
    {
        await using TestVolume volume = TestVolume.Mounted();
        SampleTree.Create(Path.Combine(volume.Path, "tree"), files: 200, seed: 31);
        volume.Unmount();
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Header(0) + 30);
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Root(0, 0) + 500);
        ContainerFile.FlipBit(volume.Volume, ContainerFile.Root(1, 1) + 500);

        ProgramResult first = TesseraCommand.Run("scrub", volume.Volume, "--passphrase-file", volume.PassphraseFile);
        ProgramResult second = TesseraCommand.Run("scrub", volume.Volume, "--passphrase-file", volume.PassphraseFile);

        first.ExitCode.ShouldBe(0, first.ToString());
        first.Output.ShouldContain("healed: HeaderCopyDamaged");
        second.Output.ShouldContain("nothing is damaged");
        volume.Fsck();
    }

    [Fact]
    public async Task It_keeps_to_its_rate_shows_how_far_it_is_and_the_mount_goes_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        byte[] content = new byte[LargeBytes];
        new Random(4).NextBytes(content);
        string large = Path.Combine(volume.Path, "large");
        Syscall.WriteFile(large, content);
        Programs.Run(volume.Scratch, "sync", large);
        long started = Stopwatch.GetTimestamp();
        Task<ProgramResult> scrub = Task.Run(
            () => Programs.TryRun(new ProgramStart("script", "-qec", $"'{TesseraCommand.Launcher}' scrub --rate {RateMebibytes}M '{volume.Path}'", "/dev/null")),
            TestContext.Current.CancellationToken);
        int changes = 0;
        for (; !scrub.IsCompleted; changes++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"file{changes % 10}"), content.AsSpan(0, 10_000));
        }

        ProgramResult result = await scrub;
        result.ExitCode.ShouldBe(0, result.ToString());
        Stopwatch.GetElapsedTime(started).TotalSeconds.ShouldBeGreaterThan((LargeBytes >> 20) / RateMebibytes);
        result.Output.ShouldMatch(@"\[#+\.*\]\s+\d+ ?%");
        changes.ShouldBeGreaterThan(10);
        volume.Check();
    }

    [Fact]
    public async Task Ctrl_C_ends_it_and_says_how_far_it_got_and_the_mount_goes_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Syscall.WriteFile(Path.Combine(volume.Path, "large"), new byte[LargeBytes]);
        using Process scrub = Process.Start(new ProcessStartInfo(TesseraCommand.Launcher)
        {
            ArgumentList = { "scrub", "--rate", "1M", volume.Path },
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        while (!volume.Log.Any(line => line.GetProperty("event").GetString() == "scrub_begun"))
        {
            scrub.HasExited.ShouldBeFalse();
            await Task.Yield();
        }

        Programs.Run(volume.Scratch, "kill", "-INT", scrub.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        string said = await scrub.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await scrub.WaitForExitAsync(TestContext.Current.CancellationToken);

        scrub.ExitCode.ShouldBe(Interrupted);
        said.ShouldContain("Interrupted after");
        File.WriteAllText(Path.Combine(volume.Path, "after"), "the mount lives on");
        volume.Check();
    }

    /// <summary>Reads page by page past the kernel's cache.</summary>
    private static void ShouldBeHurtThereAndNowhereElse(string path, byte[] content, long start, long end)
    {
        const int Page = 4096;
        byte[] page = new byte[Page];
        using var file = new SafeFileHandle(Syscall.OpenFile(path, DirectRead), ownsHandle: true);
        for (int at = 0; at < content.Length; at += Page)
        {
            bool isRead;
            try
            {
                isRead = RandomAccess.Read(file, page, at) == Page;
            }
            catch (IOException)
            {
                isRead = false;
            }

            bool isLost = at < end && at + Page > start;
            isRead.ShouldBe(!isLost, $"page at {at}; lost is {start} to {end}");
            (isLost || page.AsSpan().SequenceEqual(content.AsSpan(at, Page))).ShouldBeTrue($"page at {at} has other bytes");
        }
    }
}
