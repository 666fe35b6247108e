using Tessera.Mount.Tests.Harness;
using static Tessera.Mount.Tests.Harness.Programs;

namespace Tessera.Mount.Tests.RealPrograms;

/// <summary>Programs that people use, doing what people do with them. One suite for every place that has to carry them.</summary>
public abstract class RealProgramSuite
{
    private const int Seed = 20;

    [Fact]
    public async Task Git_clones_commits_collects_and_checks()
    {
        await using Place place = Open();
        string origin = Path.Combine(place.Scratch, "origin");
        SampleTree.Create(origin, CampaignSize.Of(3_000, 30_000), Seed);
        Shell(origin, "git init -q -b main && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm first");

        Shell(place.Path, $"git clone -q --no-hardlinks file://{origin} clone");
        string clone = Path.Combine(place.Path, "clone");
        Shell(clone, """
            git config user.name t && git config user.email t@example.org
            test -z "$(git status --porcelain)"
            git checkout -q -b work
            for i in $(seq 20); do echo "line $i" >> part0/module0/file2.c; git mv part0/module1/file$((i+42 + (i+42)%7/6)).c moved$i.c 2>/dev/null || true; git add -A; git commit -qm "change $i"; done
            git checkout -q main && git merge -q --no-ff -m merged work
            git gc -q --prune=now && git repack -q -a -d
            git fsck --full --strict
            test -z "$(git status --porcelain)"
            """);

        Shell(clone, "git log --oneline main").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(22);
        place.Check();
    }

    [Fact]
    public async Task Sqlite_commits_in_both_journal_modes_and_stays_whole()
    {
        await using Place place = Open();
        int commits = CampaignSize.Of(150, 5_000);
        foreach (string mode in new[] { "DELETE", "WAL" })
        {
            string statements = string.Join('\n', Enumerable.Range(0, commits).Select(i => $"INSERT INTO t(v) VALUES (hex(randomblob({(i * 37) % 3000})));"));
            ProgramResult result = TryRun(new ProgramStart("sqlite3", "-bail", $"{mode}.db")
            {
                Directory = place.Path,
                Input = $"PRAGMA journal_mode={mode}; PRAGMA synchronous=FULL; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);\n{statements}\nDELETE FROM t WHERE id % 3 = 0;\nVACUUM;\n",
            });
            result.ExitCode.ShouldBe(0, result.ToString());

            Run(place.Path, "sqlite3", $"{mode}.db", "PRAGMA integrity_check; SELECT count(*) FROM t;")
                .Trim().ShouldBe($"ok\n{commits - (commits / 3)}");
        }
        place.Check();
    }

    [Fact]
    public async Task Tar_carries_a_large_tree_in_and_out_unchanged()
    {
        await using Place place = Open();
        string original = Path.Combine(place.Scratch, "original");
        SampleTree.Create(original, CampaignSize.Of(4_000, 30_000), Seed);
        Shell(place.Scratch, "tar -cf in.tar original");

        Shell(place.Path, $"tar -xpf {place.Scratch}/in.tar");
        TreeDigest.ShouldBeSame(Path.Combine(place.Path, "original"), original);

        Shell(place.Path, $"tar -cf {place.Scratch}/out.tar original && mkdir {place.Scratch}/back && tar -xpf {place.Scratch}/out.tar -C {place.Scratch}/back");
        TreeDigest.ShouldBeSame(Path.Combine(place.Scratch, "back", "original"), original);

        Shell(place.Path, "rm -rf original");
        Directory.EnumerateFileSystemEntries(place.Path).ShouldBeEmpty();
        place.Check();
    }

    [Fact]
    public async Task Rsync_brings_a_copy_up_to_date()
    {
        await using Place place = Open();
        string original = Path.Combine(place.Scratch, "original");
        SampleTree.Create(original, CampaignSize.Of(1_500, 20_000), Seed);
        Run(place.Path, "rsync", "-a", original + "/", "copy/");
        Shell(original, "rm -rf part0/module1 && echo more >> part0/module2/file82.c && mv part0/module3 renamed && ln -s renamed link && chmod 600 odd/empty.txt");

        Run(place.Path, "rsync", "-a", "--checksum", "--delete", original + "/", "copy/");

        TreeDigest.ShouldBeSame(Path.Combine(place.Path, "copy"), original);
        Run(place.Path, "rsync", "-a", "--checksum", "--delete", "-i", "-n", original + "/", "copy/").ShouldBeEmpty();
        place.Check();
    }

    [Fact]
    public async Task A_c_program_builds_runs_and_rebuilds_after_a_change()
    {
        await using Place place = Open();
        BuildSamples.CreateCProject(place.Path, modules: CampaignSize.Of(40, 400));

        Shell(place.Path, "make -s -j2 && ./program").Trim().ShouldBe(BuildSamples.Expected(CampaignSize.Of(40, 400), increment: 1));
        Shell(place.Path, "sed -i 's/INCREMENT 1/INCREMENT 2/' common.h && make -s -j2 && ./program").Trim()
            .ShouldBe(BuildSamples.Expected(CampaignSize.Of(40, 400), increment: 2));
        Shell(place.Path, "make -q");
        place.Check();
    }

    [Fact]
    public async Task A_dotnet_program_builds_and_runs()
    {
        await using Place place = Open();
        BuildSamples.CreateDotnetProject(place.Path);

        Shell(place.Path, "dotnet build -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false && dotnet bin/Debug/net10.0/sample.dll")
            .ShouldContain("built and ran");
        place.Check();
    }

    [Fact]
    public async Task Vim_saves_again_and_again_and_keeps_the_mode()
    {
        await using Place place = Open();
        string file = Path.Combine(place.Path, "notes.txt");
        File.WriteAllText(file, "counted 0 times\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        int saves = CampaignSize.Of(15, 300);
        for (int i = 0; i < saves; i++)
        {
            string copy = i % 2 == 0 ? "set backupcopy=no" : "set backupcopy=yes";
            Run(place.Path, "vim", "-u", "NONE", "-es", "-c", $"set backup writebackup swapfile backupskip= | {copy}", "-c", $"%s/counted {i}/counted {i + 1}/", "-c", "wq", "notes.txt");
        }

        File.ReadAllText(file).ShouldBe($"counted {saves} times\n");
        File.ReadAllText(file + "~").ShouldBe($"counted {saves - 1} times\n");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Directory.EnumerateFiles(place.Path, ".*.sw?").ShouldBeEmpty();
        place.Check();
    }

    [Fact]
    public async Task Mapped_writes_are_seen_by_reads_by_other_processes_and_after_the_end()
    {
        await using Place place = Open();
        string script = Path.Combine(place.Scratch, "mapped.py");
        File.WriteAllText(script, MappedWriter.Script);

        Run(place.Path, "python3", script, "data.bin", CampaignSize.Of(24, 512).ToString(System.Globalization.CultureInfo.InvariantCulture)).Trim().ShouldBe("agree");
        place.Check();
    }

    [Fact]
    public async Task Postgres_survives_the_kill_of_its_server_with_good_checksums()
    {
        await using Place place = Open();
        await using var server = new PostgresServer(Path.Combine(place.Path, "pg"));
        server.Initialize();
        server.StartServer();
        server.Bench("-i", "-q", "-s", CampaignSize.IsFull ? "50" : "1");
        server.Bench("-n", "-c", "4", "-j", "2", "-t", CampaignSize.IsFull ? "20000" : "200");

        server.KillWhileBenching();
        server.StartServer();
        server.Bench("-n", "-c", "4", "-t", "50");

        server.Query("SELECT sum(abalance) = (SELECT sum(bbalance) FROM pgbench_branches) FROM pgbench_accounts").ShouldBe("t");
        server.StopServer();
        server.VerifyChecksums();
        place.Check();
    }

    internal abstract Place Open();
}
