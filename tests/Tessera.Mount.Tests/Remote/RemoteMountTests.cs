using System.Text.Json;
using Tessera.Mount.Tests.Harness;
using Tessera.Mount.Tests.RealPrograms;

namespace Tessera.Mount.Tests.Remote;

/// <summary>What a server exports, used by programs where it is mounted.</summary>
public sealed class RemoteMountTests
{
    /// <summary>What speaks HTTP and WebSocket takes some MiB more than the daemon of a mounted volume (IdleDaemonTests).</summary>
    private const double MostMiB = 64;

    [Theory]
    [InlineData("vol", "close-to-open")]
    [InlineData("vol", "session")]
    [InlineData("vol", "strict")]
    [InlineData("dir", "close-to-open")]
    public async Task Files_are_made_read_renamed_linked_locked_and_removed(string export, string cache)
    {
        await using var server = new ExportServer();
        string mount = server.MountAt(server.Url(export), "-o", $"cache={cache}");

        Programs.Shell(mount, """
            echo hello > a; test "$(cat a)" = hello
            mkdir -p d/e; mv a d/e/b; test "$(cat d/e/b)" = hello; ! test -e a
            ln d/e/b c; test "$(stat -c %h c)" = 2; rm c; test "$(stat -c %h d/e/b)" = 1
            ln -s e/b d/l; test "$(cat d/l)" = hello; test "$(readlink d/l)" = e/b
            head -c 3000000 /dev/urandom > big; cp big big2; cmp big big2; sync -d big2
            dd if=big of=big2 bs=1000 count=3 seek=7 conv=notrunc status=none; ! cmp -s big big2
            truncate -s 1000 big2; test "$(stat -c %s big2)" = 1000; truncate -s 5M big2; test "$(stat -c %s big2)" = 5242880
            chmod 640 big; test "$(stat -c %a big)" = 640; touch -d 2001-02-03T04:05:06Z big; test "$(stat -c %Y big)" = 981173106
            setfattr -n user.colour -v blue big; test "$(getfattr -n user.colour --only-values big)" = blue; setfattr -x user.colour big
            ! setfattr -n trusted.x -v y big 2>/dev/null
            echo one > t; echo two >> t; test "$(tr '\n' ' ' < t)" = 'one two '
            (flock -n 9; flock -u 9) 9> lock
            mkfifo p; test -p p; for i in $(seq 300); do echo $i > d/f$i; done; test "$(ls d | wc -l)" = 302
            rm -r d; test "$(ls | sort | tr '\n' ' ')" = 'big big2 lock p t '
            """);
        string sums = Programs.Shell(mount, "sha256sum big big2 t");
        JsonElement info = ExportServer.Info(mount);
        TesseraCommand.Do("stats", mount).ShouldContain("round trip");
        TesseraCommand.Do("umount", mount);
        string again = server.MountAt(server.Url(export));

        info.GetProperty("state").GetString().ShouldBe("connected");
        info.GetProperty("volume").GetString().ShouldBe(server.Url(export));
        Programs.Shell(again, "sha256sum big big2 t").ShouldBe(sums);
        Programs.Shell(again, "stat -c %U big").Trim().ShouldBe(Environment.UserName);
        TesseraCommand.Do("umount", again);
        server.Check();
        if (export == "vol")
        {
            // What the server wrote is an ordinary volume.
            string local = Directory.CreateDirectory(Path.Combine(server.Scratch, "local")).FullName;
            TesseraCommand.Do("mount", server.Volume, local, "--passphrase-file", server.PassphraseFile);
            Programs.Shell(local, "sha256sum big big2 t").ShouldBe(sums);
            TesseraCommand.Do("umount", local);
        }
    }

    [Fact]
    public async Task A_repository_is_made_changed_and_compiled()
    {
        await using var server = new ExportServer();
        string mount = server.Mount();

        Programs.Shell(mount, """
            git init -q r; cd r; git config user.email a@b; git config user.name a
            for i in $(seq 100); do echo $i > f$i; done; git add .; git commit -qm one; test -z "$(git status --porcelain)"
            echo x >> f7; rm f9; test "$(git status --porcelain | tr '\n' ';')" = ' M f7; D f9;'; git commit -qam two; git gc -q; git fsck --strict
            """);
        Directory.CreateDirectory(Path.Combine(mount, "c"));
        BuildSamples.CreateCProject(Path.Combine(mount, "c"), modules: 10);
        Programs.Shell(Path.Combine(mount, "c"), "make -s -j2 && ./program").Trim().ShouldBe(BuildSamples.Expected(10, increment: 1));
        server.Check();
    }

    [Theory]
    [InlineData("export")]
    [InlineData("mount")]
    [InlineData("token")]
    public async Task What_is_read_only_by_any_of_the_three_is_not_changed(string which)
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string[] token = which == "token" ? ["--token-file", Token(tokens, directory, "--mount", "vol", "--read-only")] : [];
        _ = which == "token" ? "" : Token(tokens, directory, "--mount", "vol");
        await using (var writer = new ExportServer("--tokens", tokens))
        {
            string first = writer.Mount();
            Programs.Shell(first, "echo kept > f");
            TesseraCommand.Do("umount", first);
            if (which != "export")
            {
                string mount = writer.Mount([.. token, .. which == "mount" ? new[] { "-o", "ro" } : []]);
                RequireReadOnly(mount);
                writer.Check();
                return;
            }

            writer.Check();
        }

        await using var server = new ExportServer(",ro");
        RequireReadOnly(server.Mount(), isEmpty: true);
        server.Check();
    }

    [Fact]
    public async Task A_volume_has_one_owner()
    {
        await using var server = new ExportServer();
        string local = Directory.CreateDirectory(Path.Combine(server.Scratch, "local")).FullName;

        ProgramResult mounted = TesseraCommand.Run("mount", server.Volume, local, "--passphrase-file", server.PassphraseFile);
        ProgramResult second = Programs.TryRun(new ProgramStart(
            TesseraCommand.Launcher, "serve", "--listen", "127.0.0.1:0", "--token-file", server.TokenFile, "--export", $"x={server.Volume},passphrase_file={server.PassphraseFile}"));

        mounted.ExitCode.ShouldBe(6, mounted.ToString());
        second.ExitCode.ShouldBe(6, second.ToString());
        second.Error.ShouldContain("use");
        server.Check();
    }

    [Fact]
    public async Task It_is_mounted_from_fstab_by_mount()
    {
        await using var server = new ExportServer();
        string mountPoint = Directory.CreateDirectory(Path.Combine(server.Scratch, "mnt0")).FullName;

        // As mount(8) calls it: mount.tessera SPEC DIR -o OPTIONS.
        ProgramResult mounted = TesseraCommand.Run("mount-helper", server.Url(), mountPoint, "-o", $"rw,_netdev,nofail,token_file={server.TokenFile},cache=session");
        ProgramResult wrong = TesseraCommand.Run("mount-helper", server.Url("nothing"), mountPoint + "/", "-o", $"token_file={server.TokenFile}");
        Programs.Shell(mountPoint, "echo x > f; cat f");
        ExportServer.Info(mountPoint).GetProperty("cache").GetString().ShouldBe("session");
        TesseraCommand.Do("umount", server.Url());

        mounted.ExitCode.ShouldBe(0, mounted.ToString());
        wrong.ExitCode.ShouldBe(32, wrong.ToString());
        TestVolume.MountsBelow(server.Scratch).ShouldBeEmpty();
        server.Check();
    }

    [Fact]
    public async Task An_idle_daemon_takes_no_processor_time_and_little_memory()
    {
        await using var server = new ExportServer();
        string mount = server.Mount();
        Programs.Shell(mount, "mkdir a && echo hello > a/b && cat a/b && ls -lR");
        var daemon = new DaemonProbe(ExportServer.Info(mount).GetProperty("pid").GetInt32());

        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        long before = daemon.ProcessorTicks;
        await Task.Delay(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);

        (daemon.ProcessorTicks - before).ShouldBeLessThan(8, "clock ticks in eight seconds");
        daemon.ResidentMiB.ShouldBeLessThan(MostMiB);
        server.Check();
    }

    private static void RequireReadOnly(string mount, bool isEmpty = false)
    {
        Programs.Shell(mount, $"{(isEmpty ? "true" : "test \"$(cat f)\" = kept")}; ! touch g 2>/dev/null; ! rm -f f 2>/dev/null || {(isEmpty ? "true" : "false")}; ! mkdir d 2>/dev/null; ! chmod 777 . 2>/dev/null");
        ExportServer.Info(mount).GetProperty("read_only").GetBoolean().ShouldBeTrue();
        File.ReadLines("/proc/self/mountinfo").Single(line => line.Contains($" {mount} ", StringComparison.Ordinal)).Split(' ')[5].ShouldContain("ro");
    }

    private static string Token(string tokens, ScratchDirectory directory, params string[] options)
    {
        string path = Path.Combine(directory.Path, Path.GetRandomFileName());
        File.WriteAllText(path, TesseraCommand.Do(["token", "create", "--tokens", tokens, .. options]));
        return path;
    }
}
