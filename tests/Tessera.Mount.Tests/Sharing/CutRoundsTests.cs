using System.Diagnostics;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Programs write without a pause, and sync what they write, while their connection is cut at random moments: at the far end the files are what they wrote.</summary>
[Trait("Campaign", "wire")]
public sealed class CutRoundsTests
{
    private const int Seed = 20261123;
    private const int Writers = 3;

    /// <summary>Bytes that go over the line from one cut to the next.</summary>
    private const int MostBetween = 4 << 20;
    private static readonly int Cuts = CampaignSize.Of(10, 200);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Makes, appends to, overwrites in the middle, cuts short, replaces by a rename and removes files; looks at what it wrote now and then; at the end, told by its input, a line for each file that there has to be.</summary>
    private const string Writer = """
        import hashlib, os, random, select, sys
        chance = random.Random(int(sys.argv[1]))
        home = 'by' + sys.argv[1]
        os.mkdir(home)
        files, done = {}, 0
        while not select.select([sys.stdin], [], [], 0)[0]:
            name = '%s/f%d' % (home, chance.randrange(20))
            had = files.get(name)
            new = chance.randbytes(chance.choice([1, 10, 4096, 100_000, 700_000]))
            what = chance.randrange(6)
            if had is None or what == 0:
                with open(name + '.new', 'xb') as f:
                    f.write(new)
                    f.flush()
                    os.fsync(f.fileno())
                os.rename(name + '.new', name)
                files[name] = new
            elif what == 1:
                os.unlink(name)
                del files[name]
            elif what == 2:
                assert open(name, 'rb').read() == had, name
            else:
                with open(name, 'r+b') as f:
                    at = chance.randrange(len(had) + 1) if what == 3 else len(had)
                    if what == 4:
                        at = len(had) // 2
                        f.truncate(at)
                        had = had[:at]
                    f.seek(at)
                    f.write(new)
                    f.flush()
                    os.fsync(f.fileno())
                files[name] = (had[:at] + new + had[at + len(new):])[:3_000_000]
                os.truncate(name, len(files[name]))
            done += 1
        print(done)
        for name in files:
            print(hashlib.sha256(files[name]).hexdigest(), '', name)
        """;

    [Fact]
    public async Task Files_at_the_client_are_what_programs_in_the_workspace_wrote()
    {
        await using var workspace = new SharedWorkspace("--grace", "60");
        using var line = new CuttingProxy(workspace.Address);
        workspace.Share(line.Address);

        CutWhileWriting(line, workspace.Path, workspace.Source);

        workspace.Text().ShouldContain("Connected again.");
        workspace.Check();
    }

    [Fact]
    public async Task Files_at_the_server_are_what_programs_in_a_mount_wrote()
    {
        await using var server = new ExportServer("--grace", "60");
        using var line = new CuttingProxy(server.Address);

        CutWhileWriting(line, server.MountAt(server.Url("dir", line.Address)), server.Source);

        server.Check();
    }

    private static void CutWhileWriting(CuttingProxy line, string here, string there)
    {
        TestContext.Current.SendDiagnosticMessage($"Seed {Seed}, {Cuts} cuts.");
        var random = new Random(Seed);
        Process[] writers = [.. Enumerable.Range(1, Writers).Select(i => Programs.Start(new ProgramStart("python3", "-c", Writer, $"{i}") { Directory = here }))];
        for (int i = 0; i < Cuts; i++)
        {
            long until = line.Carried + random.Next(MostBetween);
            SpinWait.SpinUntil(() => line.Carried >= until, Limit).ShouldBeTrue("Nothing goes over the line");
            line.Cut();
            writers.ShouldAllBe(writer => !writer.HasExited, "A program was disturbed");
        }

        var wanted = new List<string>();
        foreach (Process writer in writers)
        {
            writer.StandardInput.WriteLine();
            Task<string> output = writer.StandardOutput.ReadToEndAsync(CancellationToken.None);
            writer.WaitForExit(Limit).ShouldBeTrue("A program hangs");
            writer.ExitCode.ShouldBe(0, writer.StandardError.ReadToEnd());
            string[] lines = output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            int.Parse(lines[0], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(Cuts, "operations");
            wanted.AddRange(lines[1..]);
            writer.Dispose();
        }

        Programs.Shell(there, "find * -type f | xargs sha256sum").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ShouldBe(wanted.Order(StringComparer.Ordinal));
    }
}
