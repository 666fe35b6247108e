using System.Diagnostics;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>The health check "tessera bench" measures, judges, and leaves a mount as it was.</summary>
public sealed class BenchTests
{
    /// <summary>Small enough that the check, which takes a quarter of what is free at most, ends soon.</summary>
    private const string SmallVolume = "400M";

    private const int Interrupted = 130;

    [Fact]
    public async Task Every_workload_is_measured_in_the_mount_and_beneath_it_and_nothing_is_left()
    {
        await using TestVolume volume = TestVolume.Create("--size", SmallVolume);
        volume.Mount();
        Syscall.WriteFile(Path.Combine(volume.Path, "mine"), [1, 2, 3]);
        string[] beneath = Names(volume.Scratch);

        JsonElement report = JsonDocument.Parse(TesseraCommand.Do("bench", volume.Path, "--json")).RootElement;

        report.GetProperty("complete").GetBoolean().ShouldBeTrue();
        report.GetProperty("load_before").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
        report.GetProperty("native_path").GetString().ShouldBe(volume.Scratch);
        report.GetProperty("file_bytes").GetInt64().ShouldBeLessThanOrEqualTo(100L << 20);
        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        rows.Select(row => row.GetProperty("name").GetString()).ShouldBe(
        [
            "sequential write", "sequential read", "random 4 KiB read", "random 4 KiB write", "append 4 KiB + fsync",
            "create 4 KiB file", "stat", "list with sizes", "delete",
        ]);
        foreach (JsonElement row in rows)
        {
            string name = row.ToString();
            double mount = row.GetProperty("mount").GetProperty("per_second").GetDouble();
            double native = row.GetProperty("native").GetProperty("per_second").GetDouble();
            mount.ShouldBeGreaterThan(0, name);
            native.ShouldBeGreaterThan(0, name);
            row.GetProperty("share").GetDouble().ShouldBe(mount / native, 1e-6, name);
            row.GetProperty("good").GetBoolean().ShouldBe(mount / native >= row.GetProperty("good_share").GetDouble(), name);
            row.TryGetProperty("advice", out _).ShouldBe(!row.GetProperty("good").GetBoolean(), name);
        }

        Names(volume.Path).ShouldBe(["mine"]);
        File.ReadAllBytes(Path.Combine(volume.Path, "mine")).ShouldBe([1, 2, 3]);
        Names(volume.Scratch).ShouldBe(beneath);
        volume.Check();
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task An_interrupted_check_removes_what_it_made(string signal)
    {
        await using TestVolume volume = TestVolume.Create("--size", SmallVolume);
        volume.Mount();
        string[] beneath = Names(volume.Scratch);
        using Process bench = Programs.Start(new ProgramStart(TesseraCommand.Launcher, "bench", volume.Path));
        SpinWait.SpinUntil(() => bench.HasExited || Directory.EnumerateFiles(volume.Path, "large", SearchOption.AllDirectories).Any(), TimeSpan.FromSeconds(60));

        Programs.Run("/", "kill", $"-{signal}", $"{bench.Id}");
        string output = await bench.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await bench.WaitForExitAsync(CancellationToken.None);

        bench.ExitCode.ShouldBe(Interrupted);
        output.ShouldContain("Interrupted");
        Names(volume.Path).ShouldBeEmpty();
        Names(volume.Scratch).ShouldBe(beneath);
        volume.Check();
    }

    [Fact]
    public async Task What_is_no_writable_mount_of_Tessera_is_refused_and_not_touched()
    {
        await using TestVolume volume = TestVolume.Create();

        ProgramResult plain = TesseraCommand.Run("bench", volume.Path);
        plain.ExitCode.ShouldBe(12, plain.ToString());
        plain.Error.ShouldContain("Nothing of Tessera is mounted");
        Names(volume.Path).ShouldBeEmpty();
        ProgramResult other = TesseraCommand.Run("bench", "/proc");
        other.ExitCode.ShouldBe(12, other.ToString());
        other.Error.ShouldContain("not Tessera but proc");

        volume.Mount("--read-only");
        ProgramResult readOnly = TesseraCommand.Run("bench", volume.Path);
        readOnly.ExitCode.ShouldBe(11, readOnly.ToString());
        readOnly.Error.ShouldContain("Read-only file system");
        volume.Check();
    }

    [Fact]
    public async Task Too_little_space_is_refused_before_anything_is_written()
    {
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount();

        ProgramResult result = TesseraCommand.Run("bench", volume.Path);

        result.ExitCode.ShouldBe(10, result.ToString());
        Names(volume.Path).ShouldBeEmpty();
        volume.Check();
    }

    private static string[] Names(string directory) => [.. Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
