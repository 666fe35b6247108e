using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Remote;

/// <summary>What becomes of a remote mount when its connection, or its server, goes.</summary>
public sealed class RemoteConnectionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("close-to-open")]
    [InlineData("session")]
    public async Task A_cut_connection_is_made_anew_and_nothing_is_lost_or_done_twice(string cache)
    {
        await using var server = new ExportServer("--grace", "60");
        using var proxy = new CuttingProxy(server.Address);
        string mount = server.MountAt(server.Url("vol", proxy.Address), "-o", $"cache={cache}");
        string other = server.Mount();

        // Names that are made once or the program says so, data that is on its way in all cuts, and a lock that is kept through them.
        using Process program = Programs.Start(new ProgramStart("python3", "-c", """
            import fcntl, hashlib, os
            held = os.open('held', os.O_RDWR | os.O_CREAT)
            fcntl.lockf(held, fcntl.LOCK_EX)
            big = os.open('big', os.O_RDWR | os.O_CREAT)
            digest = hashlib.sha256()
            for i in range(300):
                block = os.urandom(100_000)
                digest.update(block)
                assert os.write(big, block) == len(block)
                fd = os.open('f%d' % i, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                os.write(fd, b'%d' % i)
                os.close(fd)
                os.rename('f%d' % i, 'g%d' % i)
                print(i, flush=True)
            os.fsync(big)
            os.lseek(big, 0, 0)
            again = hashlib.sha256()
            while (block := os.read(big, 1 << 20)):
                again.update(block)
            assert again.digest() == digest.digest()
            print(digest.hexdigest(), flush=True)
            input()
            """)
        { Directory = mount });
        int cuts = 0;
        string line;
        while ((line = program.StandardOutput.ReadLine() ?? "").Length is > 0 and < 64)
        {
            if (int.Parse(line, CultureInfo.InvariantCulture) % 40 == 20)
            {
                proxy.Cut();
                cuts++;
            }
        }

        line.Length.ShouldBe(64, line.Length == 0 ? program.StandardError.ReadToEnd() : line);
        cuts.ShouldBe(7);
        Programs.Run(other, "sha256sum", "big").ShouldStartWith(line);
        Programs.Shell(other, "ls | wc -l; for i in $(seq 0 299); do test \"$(cat g$i)\" = $i; done").Trim().ShouldBe("302");
        Programs.TryRun(new ProgramStart("python3", "-c", "import fcntl, os; fcntl.lockf(os.open('held', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)") { Directory = other }).ExitCode.ShouldBe(1, "The lock did not outlive the cuts");
        program.StandardInput.WriteLine();
        program.WaitForExit(Limit).ShouldBeTrue();
        program.ExitCode.ShouldBe(0);
        ExportServer.Info(mount).GetProperty("connections").GetInt32().ShouldBeGreaterThanOrEqualTo(cuts);
        server.Check();
    }

    /// <summary>A line that passes on nothing holds up whoever waits for an answer, but nobody who is killed. Other signals change nothing: stat(2) knows no EINTR.</summary>
    [Fact]
    public async Task A_program_that_is_killed_does_not_wait_for_a_silent_line()
    {
        await using var server = new ExportServer("--grace", "120");
        using var line = new CuttingProxy(server.Address);
        string mount = server.MountAt(server.Url("vol", line.Address), "-o", "cache=strict");
        Programs.Shell(mount, "echo x > f; mkdir d");
        line.Silence();
        using Process killed = Programs.Start(new ProgramStart("cat", Path.Combine(mount, "f")));
        using Process interrupted = Programs.Start(new ProgramStart("ls", Path.Combine(mount, "d")));
        using Process signalled = Programs.Start(new ProgramStart("python3", "-c", """
            import os, signal, sys
            signal.signal(signal.SIGUSR1, lambda *_: None)
            print(os.stat(sys.argv[1]).st_size)
            """, Path.Combine(mount, "f")));
        Process[] all = [killed, interrupted, signalled];
        SpinWait.SpinUntil(() => all.All(process => File.ReadAllText($"/proc/{process.Id}/wchan") == "request_wait_answer"), Limit).ShouldBeTrue("They do not wait");

        Programs.Run("/", "kill", "-USR1", $"{signalled.Id}");
        Programs.Run("/", "kill", "-INT", $"{interrupted.Id}");
        killed.Kill();

        killed.WaitForExit(Limit / 10).ShouldBeTrue("A killed program waits");
        interrupted.WaitForExit(Limit / 10).ShouldBeTrue("An interrupted program waits");
        signalled.HasExited.ShouldBeFalse();
        line.Up();
        signalled.WaitForExit(Limit).ShouldBeTrue();
        signalled.StandardOutput.ReadToEnd().ShouldBe("2\n", signalled.StandardError.ReadToEnd());
        Programs.Shell(mount, "test $(cat f) = x; rm -r f d");
        server.Check();
    }

    [Fact]
    public async Task A_server_that_was_killed_and_started_again_leaves_mounts_that_say_so_and_no_volume_damaged()
    {
        await using var server = new ExportServer();
        string mount = server.Mount();
        Programs.Shell(mount, "echo kept > f; sync f");
        string address = server.Address;
        using Process holder = Programs.Start(new ProgramStart("python3", "-c", """
            import os
            fd = os.open('g', os.O_RDWR | os.O_CREAT)
            os.write(fd, b'unsynced')
            print('open', flush=True)
            input()
            try: os.write(fd, b'more'); os.fsync(fd); print('written')
            except OSError as e: print(e.errno)
            """)
        { Directory = mount });
        holder.StandardOutput.ReadLine().ShouldBe("open");

        server.End("KILL");
        ExportServer.Info(mount).GetProperty("state").GetString().ShouldBe("reconnecting");
        server.Start(address);

        holder.StandardInput.WriteLine();
        holder.StandardOutput.ReadLine().ShouldBe("107"); // ENOTCONN
        ProgramResult read = Programs.TryRun(new ProgramStart("cat", $"{mount}/f"));
        read.ExitCode.ShouldBe(1);
        read.Error.ShouldContain("not connected");
        ExportServer.Info(mount).GetProperty("reason").GetString().ShouldBe("The server does not know the session any more.");
        holder.WaitForExit(Limit).ShouldBeTrue();
        TesseraCommand.Do("umount", mount);
        string again = server.Mount();
        Programs.Shell(again, "cat f").ShouldBe("kept\n");
        server.Check();
    }

    [Fact]
    public async Task After_the_grace_time_operations_fail_and_the_mount_stays_until_it_is_unmounted()
    {
        await using var server = new ExportServer("--grace", "2");
        using var proxy = new CuttingProxy(server.Address);
        string mount = server.MountAt(server.Url("vol", proxy.Address));
        Programs.Shell(mount, "echo x > f");

        proxy.Dispose();

        server.WaitFor(() => ExportServer.Info(mount).GetProperty("state").GetString() == "ended", "It goes on for ever");
        Programs.TryRun(new ProgramStart("ls", mount)).Error.ShouldContain("not connected");
        Programs.TryRun(new ProgramStart("touch", $"{mount}/g")).ExitCode.ShouldBe(1);
        server.WaitFor(() => server.Text().Contains("The grace time is over.", StringComparison.Ordinal), "The server keeps the session");
        TestVolume.MountsBelow(server.Scratch).ShouldHaveSingleItem();
        TesseraCommand.Do("umount", mount);
        server.Check();
    }

    [Fact]
    public async Task A_server_that_ends_says_so_and_has_written_everything()
    {
        await using var server = new ExportServer();
        string mount = server.Mount();
        Programs.Shell(mount, "echo x > f");

        server.End().ShouldBe(0, server.Text());

        server.WaitFor(() => ExportServer.Info(mount).GetProperty("reason").GetString() == "The server ends.", "It was not told");
        TesseraCommand.Do("umount", mount);
        server.Check();
    }
}
