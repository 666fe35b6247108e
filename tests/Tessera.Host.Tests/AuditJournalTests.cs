using System.Text;
using System.Text.Json;
using Tessera.Core.FileSystem;
using Tessera.Host.Auditing;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;

namespace Tessera.Host.Tests;

/// <summary>What was answered has its line, whole and once, whatever becomes of the file meanwhile.</summary>
public sealed class AuditJournalTests : IDisposable
{
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");

    private string Path => System.IO.Path.Combine(scratch.FullName, "audit", "file");

    public AuditJournalTests() => Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);

    public void Dispose() => scratch.Delete(recursive: true);

    [Fact]
    public async Task Lines_of_many_at_once_are_all_there_when_they_are_answered()
    {
        using AuditJournal journal = Open();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                (await journal.WriteAsync(Record($"{writer}-{i}"))).ShouldBeTrue();
            }
        })));

        AuditLine[] lines = Read(Path);
        lines.Select(line => line.Path).ToHashSet().Count.ShouldBe(5000);
        lines.Length.ShouldBe(5000);
        lines.Select(line => line.Time).ShouldBeInOrder();
        journal.Lines.ShouldBe(5000);
        File.GetUnixFileMode(Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task What_waits_for_the_disk_is_bounded_and_none_is_lost()
    {
        using AuditJournal journal = Open();
        string name = new('x', 16_000);

        bool[] written = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => journal.WriteAsync(Record($"{name}{i}")).AsTask()));

        written.ShouldAllBe(isWritten => isWritten);
        Read(Path).Length.ShouldBe(1000);
    }

    [Fact]
    public async Task A_file_that_was_moved_away_keeps_its_lines_and_another_begins()
    {
        using AuditJournal journal = Open();
        await journal.WriteAsync(Record("one"));
        File.Move(Path, Path + ".1");
        await journal.WriteAsync(Record("two"));

        Read(Path + ".1").Select(line => line.Path).ShouldBe(["one"]);
        Read(Path).Select(line => line.Path).ShouldBe(["two"]);
    }

    [Fact]
    public async Task While_the_file_cannot_be_written_who_asks_is_told_and_the_lines_follow()
    {
        using AuditJournal journal = Open();
        await journal.WriteAsync(Record("before"));
        string directory = System.IO.Path.GetDirectoryName(Path)!;
        Directory.Move(directory, directory + ".gone");

        (await journal.WriteAsync(Record("during"))).ShouldBeFalse();
        journal.IsFailing.ShouldBeTrue();
        (await journal.WriteAsync(Record("during too"))).ShouldBeFalse();
        Directory.Move(directory + ".gone", directory);
        SpinWait.SpinUntil(() => !journal.IsFailing, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        (await journal.WriteAsync(Record("after"))).ShouldBeTrue();

        Read(Path).Select(line => line.Path).ShouldBe(["before", "during", "during too", "after"]);
        journal.Lost.ShouldBe(0);
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_taken_for_a_part_of_the_next()
    {
        File.WriteAllText(Path, "{\"time\":\"2026-01-01T00:0");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite); // Whatever the umask is: a copy in another test makes it 0.
        using (AuditJournal journal = Open())
        {
            await journal.WriteAsync(Record("next"));
        }

        string[] lines = File.ReadAllLines(Path);
        lines.Length.ShouldBe(2);
        AuditLine.Parse(Encoding.UTF8.GetBytes(lines[1]))!.Path.ShouldBe("next");
    }

    [Fact]
    public async Task Names_that_are_no_UTF8_or_have_line_ends_are_one_line_and_come_back_exactly()
    {
        byte[] odd = [(byte)'a', 0xFF, (byte)'\n', (byte)'"', 0x1B];
        using (AuditJournal journal = Open())
        {
            await journal.WriteAsync(new AuditRecord("open") { Caller = default(Caller), Path = odd });
            await journal.WriteAsync(new AuditRecord("open") { Caller = default(Caller), Path = [] });
        }

        string[] lines = File.ReadAllLines(Path);
        JsonDocument.Parse(lines[0]).RootElement.GetProperty("path_base64").GetBytesFromBase64().ShouldBe(odd);
        JsonDocument.Parse(lines[1]).RootElement.GetProperty("path").GetString().ShouldBe(".");
    }

    [Theory]
    [InlineData("/dev/null", "no regular file")]
    [InlineData("/dev", "cannot be opened")]
    public void What_is_no_file_is_refused(string path, string because) => Should.Throw<CommandException>(() => new AuditFile(path)).Message.ShouldContain(because);

    [Fact]
    public void A_file_that_others_may_write_is_refused()
    {
        File.WriteAllText(Path, "");
        File.SetUnixFileMode(Path, (UnixFileMode)0x190);

        Should.Throw<CommandException>(() => new AuditFile(Path)).Message.ShouldContain("may write");
    }

    [Fact]
    public void A_reader_tells_damaged_lines_apart_and_passes_over_what_is_far_too_long()
    {
        string good = "{\"time\":\"2026-01-01T00:00:00Z\",\"operation\":\"open\",\"path\":\"a\"}";
        File.WriteAllText(Path, $"{good}\nnonsense\n{new string('x', 2 * AuditLimits.MaxLine)}\n\n{good} trailing\n{good}\n{good[..20]}");
        using var reader = new AuditReader(Path);
        var kinds = new List<(long, bool)>();
        while (reader.TryRead(out ReadOnlySpan<byte> line))
        {
            kinds.Add((reader.Number, AuditLine.Parse(line) is not null));
        }

        kinds.ShouldBe([(1, true), (2, false), (3, false), (4, false), (5, false), (6, true)]);
        reader.TryReadRest(out ReadOnlySpan<byte> rest).ShouldBeTrue();
        AuditLine.Parse(rest).ShouldBeNull();
        reader.Number.ShouldBe(7);
    }

    [Theory]
    [InlineData("src", true)]
    [InlineData("/src/", true)]
    [InlineData("sr", false)]
    [InlineData("src/a", true)]
    [InlineData("src/ab", false)]
    [InlineData("*.c", true)]
    [InlineData("new/*", true)]
    [InlineData("/", true)]
    public void A_path_is_asked_for_with_all_beneath_it_or_by_a_pattern(string asked, bool isTaken)
    {
        AuditLine line = AuditLine.Parse("{\"time\":\"2026-01-01T00:00:00Z\",\"operation\":\"rename\",\"path\":\"src/a/b.c\",\"new_path\":\"new/x\"}"u8)!;

        new AuditFilter { Path = asked }.Takes(line).ShouldBe(isTaken);
    }

    private static AuditRecord Record(string path) => new("open") { Caller = default(Caller), Path = Encoding.UTF8.GetBytes(path) };

    private static AuditLine[] Read(string path) => [.. File.ReadLines(path).Select(line => AuditLine.Parse(Encoding.UTF8.GetBytes(line)).ShouldNotBeNull(line))];

    private AuditJournal Open() => new(new AuditFile(Path), new EventLog(new LogFile(System.IO.Path.Combine(scratch.FullName, "log")), TimeProvider.System), TimeProvider.System);
}
