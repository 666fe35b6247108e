using System.Text.Json;
using Tessera.Host.Logging;

namespace Tessera.Host.Tests;

public sealed class EventLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-log-").FullName;

    private string LogPathName => Path.Combine(_directory, "mount.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_line_is_json_with_time_level_event_and_fields()
    {
        using (var file = new LogFile(LogPathName))
        {
            new EventLog(file, TimeProvider.System).Warning("block damaged", ("path", "/ä\n\"b\""), ("ino", 17UL), ("repaired", false), ("nothing", null));
        }

        using JsonDocument line = JsonDocument.Parse(File.ReadAllText(LogPathName));
        line.RootElement.GetProperty("level").GetString().ShouldBe("warning");
        line.RootElement.GetProperty("event").GetString().ShouldBe("block damaged");
        line.RootElement.GetProperty("path").GetString().ShouldBe("/ä\n\"b\"");
        line.RootElement.GetProperty("ino").GetUInt64().ShouldBe(17UL);
        line.RootElement.GetProperty("time").GetDateTime().ShouldBeGreaterThan(DateTime.UtcNow.AddMinutes(-1));
        File.ReadAllText(LogPathName).Split('\n').Length.ShouldBe(2);
    }

    [Fact]
    public void A_full_log_becomes_the_former_one_and_both_stay_within_their_bound()
    {
        const int Bound = 4096;
        using (var file = new LogFile(LogPathName, Bound))
        {
            var log = new EventLog(file, TimeProvider.System);
            for (int i = 0; i < 200; i++)
            {
                log.Info("step", ("i", i));
            }

            file.LostLines.ShouldBe(0);
        }

        new FileInfo(LogPathName).Length.ShouldBeInRange(1, Bound);
        new FileInfo(LogPathName + ".1").Length.ShouldBeInRange(1, Bound);
        File.ReadLines(LogPathName).Last().ShouldContain("\"i\":199");
    }

    [Fact]
    public void Reopen_writes_into_a_new_file_after_the_old_one_was_moved_away()
    {
        using var file = new LogFile(LogPathName);
        var log = new EventLog(file, TimeProvider.System);
        log.Info("before");
        File.Move(LogPathName, LogPathName + ".rotated");
        log.Reopen();
        log.Info("after");

        File.ReadAllText(LogPathName).ShouldContain("after");
        File.ReadAllText(LogPathName + ".rotated").ShouldContain("before");
    }

    [Fact]
    public void A_log_that_cannot_be_written_counts_and_does_not_throw()
    {
        using var file = new LogFile(LogPathName);
        var log = new EventLog(file, TimeProvider.System);
        Directory.Delete(_directory, recursive: true);
        log.Reopen();

        log.Info("lost");

        file.LostLines.ShouldBeGreaterThan(0);
        Directory.CreateDirectory(_directory);
        log.Info("back");
        File.ReadAllText(LogPathName).ShouldContain("back");
    }

    [Theory]
    [InlineData("/home/ann/mnt", "home-ann-mnt.log")]
    [InlineData("/", "root.log")]
    public void FileName_is_the_path_with_dashes(string mountPoint, string name) => LogPath.FileName(mountPoint).ShouldBe(name);
}
