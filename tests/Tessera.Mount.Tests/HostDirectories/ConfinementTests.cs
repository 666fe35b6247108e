using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.HostDirectories;

/// <summary>Nothing outside the directory is reached through its mount, whatever others do to the directory meanwhile.</summary>
/// <remarks>A link is followed by whoever asks, from where it is, and that is right. These links lead somewhere only for a daemon that follows them: relative
/// ones because the directory lies deeper than the mount point, others by way of the daemon's working directory, which is "/".</remarks>
public sealed class ConfinementTests
{
    private const string Secret = "secret";
    private const string NoCache = "entry_timeout=0,attr_timeout=0,negative_timeout=0";
    /// <summary>So many, that a daemon that follows is met in it: some thousand reads fall between.</summary>
    private const int Swaps = 100_000;

    [Fact]
    public async Task Links_out_of_the_directory_are_told_and_not_followed()
    {
        await using var ground = new Ground(NoCache);
        Programs.Shell(ground.Served, $"ln -s ../outside/f up; ln -s ../outside updir; ln -s {ground.DaemonsOutside}/f magic");

        Programs.Shell(ground.Mount.Path, $"test \"$(readlink up)\" = ../outside/f; test \"$(readlink magic)\" = {ground.DaemonsOutside}/f; test -L updir");
        Fails(ground.Mount.Path, "cat magic").ShouldContain("No such file");
        Fails(ground.Mount.Path, "cat up").ShouldContain("No such file");
        Fails(ground.Mount.Path, "ls updir/").ShouldContain("No such file");
        ground.Check();
    }

    [Fact]
    public async Task A_file_swapped_with_a_link_to_the_outside_in_a_loop_is_never_the_other_file()
    {
        await using var ground = new Ground(NoCache);
        Programs.Shell(ground.Served, $"echo inside > f; ln -s {ground.DaemonsOutside}/f link");

        (int inside, int refused) = await RaceAsync(ground, "rename('f', 'aside'); rename('link', 'f'); rename('f', 'link'); rename('aside', 'f')", "f");

        inside.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(0, "The link was never met: this shows nothing.");
        ground.Check();
    }

    [Fact]
    public async Task A_directory_swapped_with_a_link_to_the_outside_in_a_loop_is_never_the_other_directory()
    {
        await using var ground = new Ground(NoCache);
        Programs.Shell(ground.Served, $"mkdir d; echo inside > d/f; ln -s {ground.DaemonsOutside} link");

        (int inside, int refused) = await RaceAsync(ground, "rename('d', 'aside'); rename('link', 'd'); rename('d', 'link'); rename('aside', 'd')", "d/f");

        inside.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(0, "The link was never met: this shows nothing.");
        ground.Check();
    }

    [Fact]
    public async Task A_directory_moved_out_while_somebody_is_in_it_can_no_longer_be_worked_in()
    {
        await using var ground = new Ground(NoCache);
        Directory.CreateDirectory(Path.Combine(ground.Served, "d"));
        File.WriteAllText(Path.Combine(ground.Served, "d", "f"), "inside");

        string said = Programs.Shell(
            ground.Mount.Path,
            $"cd d; cat f; mv {ground.Served}/d {ground.Outside}/moved; cat f 2>&1 || true; echo made 2>&1 > made || true; rm f 2>&1 || true; ls {ground.Outside}/moved");

        said.ShouldStartWith("inside");
        said.ShouldContain("Stale file handle");
        said.ShouldEndWith("\nf\n");
        ground.Check();
    }

    [Fact]
    public async Task A_file_deleted_and_its_number_given_to_another_is_stale_and_not_the_other()
    {
        await using var ground = new Ground("entry_timeout=3600,attr_timeout=3600");
        string file = Path.Combine(ground.Served, "f");
        File.WriteAllText(file, "first");

        // Opened by O_PATH the kernel holds the inode, and the daemon no descriptor of it. ext4 gives the next file the number that is free.
        string said = Programs.Shell(
            ground.Mount.Path,
            $"python3 - <<'END'\nimport os\nfd = os.open('f', os.O_PATH)\nnumber = os.stat('{file}').st_ino\nos.unlink('{file}')\n"
            + $"for attempt in range(1000):\n    open('{ground.Served}/g%d' % attempt, 'w').write('other')\n"
            + $"    if os.stat('{ground.Served}/g%d' % attempt).st_ino == number:\n        os.rename('{ground.Served}/g%d' % attempt, '{file}')\n        break\n"
            + "print(os.stat('f').st_ino == number)\ntry:\n    print(open('/proc/self/fd/%d' % fd).read())\nexcept OSError as error:\n    print(error.strerror)\n"
            + "print(open('f').read())\nEND");

        said.Split('\n')[1..3].ShouldBe(["Stale file handle", "other"]);
        ground.Check();
    }

    [Fact]
    public async Task A_secret_made_beneath_while_the_kernel_takes_its_name_for_free_is_not_opened_by_creating_it()
    {
        await using var ground = new Ground("allow_other,entry_timeout=3600,negative_timeout=3600");
        Programs.Shell(ground.Mount.Path, "chmod 777 .; test ! -e private");
        Programs.Shell(ground.Served, $"echo {Secret} > private; chmod 600 private");

        Fails(ground.Mount.Path, "setpriv --reuid 65534 --regid 65534 --clear-groups bash -c 'echo mine >> private'").ShouldContain("Permission denied");

        File.ReadAllText(Path.Combine(ground.Served, "private")).ShouldBe(Secret + "\n");
        ground.Check();
    }

    [Fact]
    public async Task What_is_mounted_in_the_directory_is_not_seen_but_the_directory_beneath_it()
    {
        await using var ground = new Ground(NoCache);
        string inner = Path.Combine(ground.Served, "inner");
        Directory.CreateDirectory(inner);
        Programs.Run("/", "mount", "-t", "tmpfs", "tmpfs", inner);
        try
        {
            Programs.Shell(inner, "echo other > f");
            Programs.Shell(ground.Mount.Path, "test \"$(ls -R)\" = $'.:\\ninner\\n\\n./inner:'; echo mine > inner/mine");
            Programs.Shell(inner, "test \"$(ls)\" = f");
        }
        finally
        {
            Programs.Run("/", "umount", "-l", inner);
        }

        Programs.Shell(inner, "test \"$(cat mine)\" = mine; rm mine");
        ground.Check();
    }

    [Fact]
    public async Task A_directory_mounted_within_itself_does_not_wait_for_itself()
    {
        await using var ground = new Ground(NoCache);
        string inner = Path.Combine(ground.Served, "inner");
        Directory.CreateDirectory(inner);
        TesseraCommand.Do("mount", "dir:" + ground.Served, inner);
        try
        {
            Programs.Shell(inner, "echo through > f; ls -lR; cat f; ls -A inner | wc -l").ShouldEndWith("through\n0\n");
        }
        finally
        {
            TesseraCommand.Do("umount", inner);
        }

        File.ReadAllText(Path.Combine(ground.Served, "f")).ShouldBe("through\n");
        ground.Check();
    }

    /// <summary>Swaps in one process, in a line of Python, while reading and writing in this one; how often what was inside was read, and how often nothing.</summary>
    private static async Task<(int Inside, int Refused)> RaceAsync(Ground ground, string swap, string name)
    {
        Task swapping = Task.Run(() => Programs.Run(ground.Served, "python3", "-c", $"from os import rename\nfor i in range({Swaps}): {swap}"));
        Environment.CurrentDirectory.ShouldNotBe("/", "The links would lead out for this process too.");
        int inside = 0;
        int refused = 0;
        string path = Path.Combine(ground.Mount.Path, name);
        while (!swapping.IsCompleted)
        {
            try
            {
                File.ReadAllText(path).ShouldBe("inside\n", "what was read is not what lies in the directory");
                inside++;
                using FileStream writer = new(path, FileMode.Open, FileAccess.Write);
                writer.Write("inside\n"u8);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                refused++;
            }
        }

        await swapping;
        return (inside, refused);
    }

    private static string Fails(string directory, string line)
    {
        ProgramResult result = Programs.TryRun(new ProgramStart("bash", "-c", line) { Directory = directory });
        result.ExitCode.ShouldNotBe(0, result.ToString());
        return result.Error;
    }

    /// <summary>A directory with a mount of it, and beside it one that the mount must not reach.</summary>
    private sealed class Ground : IAsyncDisposable
    {
        private readonly DirectoryInfo _deep = Directory.CreateTempSubdirectory(Place.Prefix);

        public Ground(string options)
        {
            Served = Directory.CreateDirectory(Path.Combine(_deep.FullName, "deep", "served")).FullName;
            Outside = Directory.CreateDirectory(Path.Combine(_deep.FullName, "deep", "outside")).FullName;
            File.WriteAllText(Path.Combine(Outside, "f"), Secret);
            Mount = new DirectoryMount(Served, "-o", options);
        }

        public DirectoryMount Mount { get; }

        public string Served { get; }

        public string Outside { get; }

        /// <summary>The same for a process that works in "/", and nothing for any other.</summary>
        public string DaemonsOutside => "/proc/self/cwd" + Outside;

        /// <summary>The outside is as it was, and the daemon has nothing to complain of.</summary>
        public void Check()
        {
            File.ReadAllText(Path.Combine(Outside, "f")).ShouldBe(Secret);
            Mount.Check();
        }

        public async ValueTask DisposeAsync()
        {
            await Mount.DisposeAsync();
            _deep.Delete(recursive: true);
        }
    }
}
