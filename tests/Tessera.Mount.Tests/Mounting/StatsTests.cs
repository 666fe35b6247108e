using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>What "tessera stats" tells of a mount that has worked.</summary>
public sealed class StatsTests
{
    private const int Files = 200;

    [Fact]
    public async Task Operations_caches_log_and_memory_are_told_as_they_are()
    {
        await using TestVolume volume = TestVolume.Mounted();
        for (int i = 0; i < Files; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"file{i}"), new byte[5000]);
        }

        volume.Remount();
        Directory.EnumerateFiles(volume.Path).Sum(file => File.ReadAllBytes(file).Length).ShouldBe(Files * 5000);
        Syscall.WriteFile(Path.Combine(volume.Path, "new"), [1]);

        JsonElement stats = volume.Stats();

        JsonElement read = stats.GetProperty("operations").EnumerateArray().Single(operation => operation.GetProperty("name").GetString() == "read");
        read.GetProperty("count").GetInt64().ShouldBeGreaterThanOrEqualTo(Files);
        read.GetProperty("bytes").GetInt64().ShouldBe(Files * 5000);
        read.GetProperty("p99_us").GetDouble().ShouldBeGreaterThanOrEqualTo(read.GetProperty("p50_us").GetDouble());
        JsonElement cache = stats.GetProperty("cache");
        cache.GetProperty("inodes").GetInt32().ShouldBeGreaterThan(0);
        JsonElement nodes = cache.GetProperty("nodes");
        nodes.GetProperty("hits").GetInt64().ShouldBeGreaterThan(0);
        nodes.GetProperty("used").GetInt64().ShouldBeInRange(1, nodes.GetProperty("limit").GetInt64());
        JsonElement log = stats.GetProperty("log");
        log.GetProperty("bytes").GetInt64().ShouldBeInRange(1, log.GetProperty("limit_bytes").GetInt64());
        stats.GetProperty("memory").GetProperty("resident_bytes").GetInt64().ShouldBeGreaterThan(10 << 20);
        volume.Check();
    }

    /// <summary>The kernel is told once that directories need no opening; a listing that it has is then no request at all.</summary>
    [Theory]
    [InlineData("relatime", false)]
    [InlineData("strictatime", true)]
    public async Task A_directory_is_opened_at_the_daemon_only_where_each_listing_must_be_seen(string option, bool opens)
    {
        const string Holds = "import os\nfd = os.open('a', os.O_RDONLY)\nassert os.listdir(fd) == ['b']\nos.rmdir('a/b')\nos.rmdir('a')\nassert os.listdir(fd) == []\n"
            + "assert os.fstat(fd).st_nlink == 0\nos.fchmod(fd, 0o500)\nassert os.fstat(fd).st_mode & 0o777 == 0o500\nos.fsync(fd)";
        await using TestVolume volume = TestVolume.Mounted("-o", option);

        Programs.Shell(volume.Path, "mkdir -p d/e a/b; ls -R . > /dev/null; ls -R . > /dev/null");
        Programs.Run(volume.Path, "python3", "-c", Holds);

        volume.Stats().GetProperty("operations").EnumerateArray().Any(operation => operation.GetProperty("name").GetString() == "open_directory").ShouldBe(opens);
        volume.Check();
    }

    [Fact]
    public async Task What_programs_did_between_two_readings_is_what_the_readings_differ_by()
    {
        const int Syncs = 10;
        await using TestVolume volume = TestVolume.Mounted();
        JsonElement before = volume.Stats();

        Append(Path.Combine(volume.Path, "journal"), Syncs);

        JsonElement after = volume.Stats();
        (Call(after, "operations", "sync", "count") - Call(before, "operations", "sync", "count")).ShouldBe(Syncs);
        (Call(after, "operations", "write", "bytes") - Call(before, "operations", "write", "bytes")).ShouldBe(Syncs * 4096);
        (Safe(after) - Safe(before)).ShouldBeGreaterThanOrEqualTo(Syncs, "every fsync reaches the disk, by a durable write or a flush");
        (Figure(after, "log", "records") - Figure(before, "log", "records")).ShouldBeGreaterThanOrEqualTo(Syncs);
        (Figure(after, "sealing", "sealed_bytes") - Figure(before, "sealing", "sealed_bytes")).ShouldBeGreaterThanOrEqualTo(Syncs * 4096);
        volume.Check();

        static long Safe(JsonElement stats) => Call(stats, "disk", "durable_write", "count") + Call(stats, "disk", "flush", "count");
    }

    [Fact]
    public async Task Readings_one_after_another_tell_what_happens_each_second()
    {
        await using TestVolume volume = TestVolume.Mounted();
        using var ended = new CancellationTokenSource();
        Task work = Task.Run(() =>
        {
            for (int i = 0; !ended.IsCancellationRequested; i++)
            {
                Append(Path.Combine(volume.Path, $"file{i}"), 1);
            }
        }, CancellationToken.None);

        string[] lines = TesseraCommand.Do("stats", volume.Path, "--json", "--interval", "0.5", "--count", "8").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await ended.CancelAsync();
        await work;

        lines.Length.ShouldBe(8);
        JsonElement[] reports = [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
        reports.ShouldAllBe(report => report.GetProperty("schema").GetInt32() == 1);
        reports.ShouldAllBe(report => report.GetProperty("interval_seconds").GetDouble() > 0.1 && report.GetProperty("interval_seconds").GetDouble() < 30);

        // On a disk that is busy with something else a sync may take longer than an interval: of one in which none ended there is nothing to tell.
        JsonElement[] moved = Array.FindAll(reports, report => CallOf(report, "operations", "create").ValueKind != JsonValueKind.Undefined && report.GetProperty("rates").GetProperty("durable_commits").GetDouble() > 0);
        moved.ShouldNotBeEmpty();
        foreach (JsonElement report in moved)
        {
            JsonElement create = CallOf(report, "operations", "create").GetProperty("interval");
            create.GetProperty("per_second").GetDouble().ShouldBeGreaterThan(0);
            create.GetProperty("max_us").GetDouble().ShouldBeGreaterThanOrEqualTo(create.GetProperty("p50_us").GetDouble());
            JsonElement rates = report.GetProperty("rates");
            string[] moving = ["operations", "written_bytes", "commits", "durable_commits", "log_records", "log_bytes", "sealed_bytes"];
            foreach (string rate in moving)
            {
                rates.GetProperty(rate).GetDouble().ShouldBeGreaterThan(0, rate);
            }
        }

        volume.Check();
    }

    [Fact]
    public async Task On_a_terminal_the_view_refreshes()
    {
        await using TestVolume volume = TestVolume.Mounted();

        ProgramResult result = Programs.TryRun(new ProgramStart(
            "script", "-qec", $"'{TesseraCommand.Launcher}' stats '{volume.Path}' --interval 0.2 --count 3", "/dev/null")
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["TERM"] = "xterm" },
        });

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.Split("mounted for").Length.ShouldBeGreaterThan(3, "drawn at once and after each interval");
        volume.Check();
    }

    [Fact]
    public async Task What_cannot_be_is_a_usage_error()
    {
        await using TestVolume volume = TestVolume.Mounted();

        TesseraCommand.Run("stats", volume.Path, "--interval", "0").ExitCode.ShouldBe(2);
        TesseraCommand.Run("stats", volume.Path, "--count", "0").ExitCode.ShouldBe(2);
        TesseraCommand.Run("stats", volume.Path, "--once", "--count", "2").ExitCode.ShouldBe(2);
    }

    private static void Append(string path, int times)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        for (int i = 0; i < times; i++)
        {
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
        }
    }

    private static JsonElement CallOf(JsonElement stats, string kind, string name) =>
        stats.GetProperty(kind).EnumerateArray().FirstOrDefault(call => call.GetProperty("name").GetString() == name);

    /// <summary>0 when it has not happened at all.</summary>
    private static long Call(JsonElement stats, string kind, string name, string figure) =>
        CallOf(stats, kind, name) is { ValueKind: JsonValueKind.Object } call ? call.GetProperty(figure).GetInt64() : 0;

    private static long Figure(JsonElement stats, string part, string name) => stats.GetProperty(part).GetProperty(name).GetInt64();
}
