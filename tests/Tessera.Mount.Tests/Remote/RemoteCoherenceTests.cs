using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Remote;

/// <summary>Two who have mounted one export see what the other does, as their cache mode promises, and each other's locks.</summary>
public sealed class RemoteCoherenceTests
{
    [Theory]
    [InlineData("vol")]
    [InlineData("dir")]
    public async Task Who_opens_a_file_sees_what_was_written_before_it_was_closed_elsewhere(string export)
    {
        await using var server = new ExportServer();
        (string one, string other) = (server.MountAt(server.Url(export)), server.MountAt(server.Url(export)));

        // Longer and shorter in turn, read and appended to at the other end, at once after the close.
        Programs.Run("/", "python3", "-c", """
            import sys
            a, b = sys.argv[1:]
            for i in range(150):
                text = '%d ' % i * (1 + i % 40)
                with open(a, 'w') as f: f.write(text)
                with open(b) as f: s = f.read()
                assert s == text, (i, 'read', text, s)
                with open(b, 'a') as f: f.write('z')
                with open(a) as f: s = f.read()
                assert s == text + 'z', (i, 'appended', text, s)
            """, $"{one}/f", $"{other}/f");
        server.Check();
    }

    [Fact]
    public async Task Strict_mounts_see_each_write_and_each_name_at_once()
    {
        await using var server = new ExportServer();
        (string one, string other) = (server.Mount("-o", "cache=strict"), server.Mount("-o", "cache=strict"));

        Programs.Run("/", "python3", "-c", """
            import os, sys
            a, b = sys.argv[1:]
            x = os.open(a + '/s', os.O_RDWR | os.O_CREAT)
            y = os.open(b + '/s', os.O_RDWR)
            for i in range(150):
                os.pwrite(x, b'%d' % i, 0)
                assert os.pread(y, 20, 0) == b'%d' % i, i
                assert os.fstat(y).st_size == len('%d' % i), i
                os.ftruncate(y, 0)
                assert os.fstat(x).st_size == 0 and os.pread(x, 20, 0) == b'', i
                open(a + '/n%d' % i, 'w').close()
                assert os.path.exists(b + '/n%d' % i)
                os.rename(b + '/n%d' % i, b + '/m%d' % i)
                assert not os.path.exists(a + '/n%d' % i) and sorted(os.listdir(a)) == ['m%d' % i, 's'], os.listdir(a)
                os.unlink(a + '/m%d' % i)
                assert not os.path.exists(b + '/m%d' % i)
            """, one, other);
        server.Check();
    }

    [Fact]
    public async Task A_session_mount_believes_until_it_is_told_and_is_told_at_once()
    {
        await using var server = new ExportServer();
        (string one, string other) = (server.Mount("-o", "cache=session"), server.Mount("-o", "cache=session"));
        Programs.Shell(one, "mkdir d; echo first > d/f; ln d/f d/g; touch d/gone");
        Programs.Shell(other, "cat d/f; ls -l d; stat d/f d/gone; ! test -e d/new");

        Programs.Shell(one, "echo second, longer > d/f; touch d/new; rm d/gone; mv d/g d/h; chmod 600 d/f; setfattr -n user.a -v b d/f");

        server.WaitFor(() => Programs.TryRun(new ProgramStart("bash", "-c", "test \"$(cat d/f)\" = 'second, longer' -a -e d/new -a ! -e d/gone -a ! -e d/g -a -e d/h -a \"$(stat -c %a d/f)\" = 600") { Directory = other }).ExitCode == 0, "It was not told");
        Programs.Shell(other, "test \"$(ls d | tr '\\n' ' ')\" = 'f h new '; test \"$(getfattr -n user.a --only-values d/f)\" = b");

        // What is known costs no request.
        long Requests() => System.Text.Json.JsonDocument.Parse(TesseraCommand.Do("stats", "--json", other)).RootElement.GetProperty("requests").GetInt64();
        Programs.Shell(other, "stat d/f d/h d/new; sleep 2; stat d/f d/h d/new");
        long before = Requests();
        Programs.Shell(other, "for i in 1 2 3 4 5; do stat d/f d/h d/new; done");
        (Requests() - before).ShouldBeLessThanOrEqualTo(1);
        server.Check();
    }

    [Fact]
    public async Task What_is_changed_at_the_server_beside_it_is_seen()
    {
        await using var server = new ExportServer();
        string mount = server.MountAt(server.Url("dir"), "-o", "cache=session");
        File.WriteAllText(Path.Combine(server.Source, "f"), "one");
        server.WaitFor(() => File.Exists(Path.Combine(mount, "f")), "A new file is not seen");
        File.ReadAllText(Path.Combine(mount, "f")).ShouldBe("one");

        File.WriteAllText(Path.Combine(server.Source, "f"), "another");

        server.WaitFor(() => File.ReadAllText(Path.Combine(mount, "f")) == "another", "A change is not seen");
        server.Check();
    }

    [Fact]
    public async Task Locks_hold_between_the_two_and_go_with_who_had_them()
    {
        await using var server = new ExportServer("--grace", "1");
        (string one, string other) = (server.Mount(), server.Mount());

        Programs.Run("/", "python3", "-c", """
            import fcntl, os, struct, sys, time
            a, b = sys.argv[1:]
            with open(a, 'w') as f: f.write('0' * 100)
            x, y = os.open(a, os.O_RDWR), os.open(b, os.O_RDWR)
            def busy(call, *args):
                try: call(*args)
                except BlockingIOError: return True
                return False
            EX = fcntl.LOCK_EX | fcntl.LOCK_NB
            SH = fcntl.LOCK_SH | fcntl.LOCK_NB
            fcntl.lockf(x, EX, 10, 0)
            assert busy(fcntl.lockf, y, EX, 10, 5) and busy(fcntl.lockf, y, SH, 1, 9)
            fcntl.lockf(y, EX, 10, 10)
            kind, _, start, length, _ = struct.unpack('hhqqi4x', fcntl.fcntl(y, fcntl.F_GETLK, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 100, 0)))
            assert (kind, start, length) == (fcntl.F_WRLCK, 0, 10), (kind, start, length)
            fcntl.lockf(x, fcntl.LOCK_UN, 4, 3)                    # a hole in the middle
            fcntl.lockf(y, EX, 4, 3)
            assert busy(fcntl.lockf, y, SH, 1, 2) and busy(fcntl.lockf, y, SH, 1, 7)
            fcntl.lockf(y, fcntl.LOCK_UN, 0, 0)
            fcntl.lockf(x, SH, 0, 0); fcntl.lockf(y, SH, 0, 0)      # readers share
            assert busy(fcntl.lockf, y, EX, 0, 0)
            fcntl.lockf(y, fcntl.LOCK_UN, 0, 0)

            # What was written under a lock is read under the next, without opening anew; one waits for the other.
            fcntl.lockf(x, EX, 0, 0)
            os.pread(y, 100, 0)
            pid = os.fork()
            if pid == 0:
                y2 = os.open(b, os.O_RDWR)
                os.pread(y2, 100, 0)
                began = time.time()
                fcntl.lockf(y2, fcntl.LOCK_EX, 0, 0)
                os._exit(0 if time.time() - began > 0.5 and os.pread(y2, 5, 0) == b'after' else 1)
            time.sleep(1)
            os.pwrite(x, b'after', 0)
            fcntl.lockf(x, fcntl.LOCK_UN, 0, 0)
            assert os.waitpid(pid, 0)[1] == 0

            # flock(2), and close(2) letting go.
            f, g = open(a, 'r+'), open(b, 'r+')
            fcntl.flock(f, EX)
            assert busy(fcntl.flock, g, EX)
            fcntl.lockf(x, EX, 0, 0)                                # the two kinds never meet
            os.close(os.open(a, os.O_RDONLY))                       # any close lets go those of fcntl(2)
            fcntl.lockf(y, EX, 0, 0)
            f.close()
            deadline = time.time() + 20
            while busy(fcntl.flock, g, EX):
                assert time.time() < deadline
                time.sleep(0.01)
            """, $"{one}/f", $"{other}/f");

        // A client that went away loses its locks, and its open files, after the grace time.
        using System.Diagnostics.Process holder = Programs.Start(new ProgramStart("flock", $"{one}/f", "-c", "echo had; sleep 1000"));
        holder.StandardOutput.ReadLine().ShouldBe("had");
        Programs.TryRun(new ProgramStart("flock", "-n", $"{other}/f", "true")).ExitCode.ShouldBe(1);
        ExportServer.Kill(one);
        server.WaitFor(() => Programs.TryRun(new ProgramStart("flock", "-n", $"{other}/f", "true")).ExitCode == 0, "The lock of who went away stays");
        holder.Kill(entireProcessTree: true);
        server.Text().ShouldContain("The grace time is over.");
        server.Check();
    }
}
