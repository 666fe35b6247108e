using System.Diagnostics;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Remote;

/// <summary>One server at several addresses: when one is lost the session goes on over the next, and back when the first answers again.</summary>
public sealed class FailoverTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Names that are made once or the program says so, a file that grows by what is on its way in all cuts, and a lock that is kept through them; until a line comes.</summary>
    private const string Writer = """
        import fcntl, hashlib, os, select, sys
        held = os.open('held', os.O_RDWR | os.O_CREAT)
        fcntl.lockf(held, fcntl.LOCK_EX)
        big = os.open('big', os.O_RDWR | os.O_CREAT)
        digest = hashlib.sha256()
        i = 0
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            block = os.urandom(100_000)
            digest.update(block)
            assert os.write(big, block) == len(block)
            fd = os.open('f%d' % i, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            os.write(fd, b'%d' % i)
            os.close(fd)
            os.rename('f%d' % i, 'g%d' % i)
            i += 1
            print(i, flush=True)
        sys.stdin.readline()
        os.fsync(big)
        print('%d %s' % (i, digest.hexdigest()), flush=True)
        sys.stdin.readline()
        """;

    [Fact]
    public async Task A_lost_address_is_replaced_by_the_next_and_taken_again_when_it_answers()
    {
        await using var server = new ExportServer("--grace", "15");
        using var first = new CuttingProxy(server.Address);
        using var second = new CuttingProxy(server.Address);
        string mount = server.MountAt(server.Url("vol", first.Address, second.Address));
        string other = server.Mount();
        using Process writer = Programs.Start(new ProgramStart("python3", "-c", Writer) { Directory = mount });
        Await(server, mount, writer, first);

        // On a slow machine the second may have answered before the first, and the session has come here since.
        int atFirst = Stats(mount).GetProperty("connections").GetInt32();

        // One that is reset, one that is gone for good, and the way back; for longer than the grace time after it.
        first.Down();
        Await(server, mount, writer, second);
        ExportServer.Info(mount).GetProperty("resume_ms").GetDouble().ShouldBeInRange(0.01, 10_000); // What it takes is measured by bench/failover.
        first.Up();
        Await(server, mount, writer, first);
        long back = Stopwatch.GetTimestamp();
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(back) > TimeSpan.FromSeconds(17), Limit);
        Await(server, mount, writer, first);

        // One that says nothing any more.
        first.Silence();
        Await(server, mount, writer, second);
        first.Up();
        Await(server, mount, writer, first);

        writer.StandardInput.WriteLine();
        string Logs() => $"{File.ReadAllText(ExportServer.Info(mount).GetProperty("log").GetString()!)}\n{server.Text()}";
        string[] end = LastLine(writer, Logs).Split(' ');
        Programs.Run(other, "sha256sum", "big").ShouldStartWith(end[1]);
        Programs.Shell(other, $"test $(ls | wc -l) = $(({end[0]} + 2)); for i in $(seq 0 $(({end[0]} - 1))); do test \"$(cat g$i)\" = $i; done");
        Programs.TryRun(new ProgramStart("python3", "-c", "import fcntl, os; fcntl.lockf(os.open('held', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)") { Directory = other }).ExitCode.ShouldBe(1, "The lock was lost");
        writer.StandardInput.WriteLine();
        writer.WaitForExit(Limit).ShouldBeTrue();
        writer.ExitCode.ShouldBe(0);
        JsonElement stats = Stats(mount);
        stats.GetProperty("connections").GetInt32().ShouldBe(atFirst + 4, Logs());
        stats.GetProperty("failovers").GetInt32().ShouldBe(atFirst + 3, Logs());
        stats.GetProperty("address").GetString()!.ShouldContain(first.Address);
        TesseraCommand.Do("info", mount).ShouldContain("went on after");
        server.Check();
    }

    [Fact]
    public async Task What_is_mounted_while_the_first_address_is_gone_goes_there_later()
    {
        await using var server = new ExportServer("--self-signed");
        using var first = new CuttingProxy(server.Address);
        using var second = new CuttingProxy(server.Address);
        first.Down();

        string mount = server.MountAt(server.Url("vol", first.Address, second.Address), "--fingerprint", server.Fingerprint);
        AddressOf(mount).ShouldContain(second.Address);
        Programs.Shell(mount, "echo x > f");
        first.Up();

        server.WaitFor(() => AddressOf(mount).Contains(first.Address, StringComparison.Ordinal), "It does not go back");
        second.Dispose();
        Programs.Shell(mount, "cat f").ShouldBe("x\n");
        TesseraCommand.Do("umount", mount);
        server.Check();
    }

    [Fact]
    public async Task An_address_at_which_another_answers_gets_nothing_and_the_session_waits_for_its_server()
    {
        await using var server = new ExportServer("--self-signed");
        await using var impostor = new ExportServer("--self-signed");
        using var first = new CuttingProxy(server.Address);
        string mount = server.MountAt(server.Url("vol", first.Address, impostor.Address), "--fingerprint", server.Fingerprint);
        string log = File.ReadAllText(ExportServer.Info(mount).GetProperty("log").GetString()!);
        log.ShouldNotContain("untrusted");

        first.Down();
        server.WaitFor(() => File.ReadAllText(ExportServer.Info(mount).GetProperty("log").GetString()!).Contains("untrusted", StringComparison.Ordinal), "Nobody is told");
        ExportServer.Info(mount).GetProperty("state").GetString().ShouldBe("reconnecting");
        first.Up();

        Programs.Shell(mount, "echo x > f; cat f").ShouldBe("x\n");
        AddressOf(mount).ShouldContain(first.Address);
        TesseraCommand.Do("umount", mount);
        impostor.Text().ShouldNotContain("connected");
        impostor.Check();
        server.Check();
    }

    [Fact]
    public async Task A_share_goes_on_over_its_second_address_and_back()
    {
        await using var workspace = new SharedWorkspace("--grace", "60");
        using var first = new CuttingProxy(workspace.Address);
        using var second = new CuttingProxy(workspace.Address);
        workspace.Share($"{first.Address},{second.Address}");
        using Process writer = Programs.Start(new ProgramStart("python3", "-c", Writer) { Directory = workspace.Path });
        Progress(writer, 20);

        first.Down();
        workspace.WaitFor(() => workspace.Text().Contains($"Connected again, at {workspace.Url(second.Address)}", StringComparison.Ordinal), "It does not go on");
        Progress(writer, 20);
        first.Up();
        workspace.WaitFor(() => workspace.Text().Contains($"Back, at {workspace.Url(first.Address)}", StringComparison.Ordinal), "It does not go back");
        Progress(writer, 20);
        first.Silence();
        workspace.WaitFor(() => workspace.Text().Split("Connected again, at").Length == 3, "It waits for what says nothing");
        Progress(writer, 20);

        writer.StandardInput.WriteLine();
        string[] end = LastLine(writer, workspace.Text).Split(' ');
        writer.StandardInput.WriteLine();
        writer.WaitForExit(Limit).ShouldBeTrue();
        writer.ExitCode.ShouldBe(0);
        Programs.Run(workspace.Source, "sha256sum", "big").ShouldStartWith(end[1]);
        Programs.Shell(workspace.Source, $"test $(ls | wc -l) = $(({end[0]} + 2)); for i in $(seq 0 $(({end[0]} - 1))); do test \"$(cat g$i)\" = $i; done");
        workspace.Check();
    }

    [Fact]
    public async Task A_list_that_could_end_up_without_TLS_or_elsewhere_is_refused()
    {
        await using var server = new ExportServer("--self-signed");
        string[] shown = ["--token-file", server.TokenFile];

        ProgramResult mixed = server.TryMount($"{server.Url()},ws://127.0.0.1:1/vol", shown);
        ProgramResult other = server.TryMount($"{server.Url()},wss://127.0.0.1:1/dir", shown);
        ProgramResult share = TesseraCommand.Run("share", server.Source, "wss://127.0.0.1:1/workspaces/x,ws://127.0.0.1:2/workspaces/x", "--token-file", server.TokenFile);
        ProgramResult silent = server.TryMount("wss://127.0.0.1:1/vol,wss://127.0.0.1:2/vol", shown);

        mixed.ExitCode.ShouldBe(2, mixed.ToString());
        mixed.Error.ShouldContain("TLS");
        other.ExitCode.ShouldBe(2, other.ToString());
        share.ExitCode.ShouldBe(2, share.ToString());
        silent.ExitCode.ShouldBe(1, silent.ToString());
        silent.Error.ShouldContain("does not answer");
        server.Check();
    }

    /// <summary>The mount uses the address, and the program goes on over it.</summary>
    private static void Await(ExportServer server, string mount, Process writer, CuttingProxy address)
    {
        server.WaitFor(() => AddressOf(mount).Contains(address.Address, StringComparison.Ordinal) && ExportServer.Info(mount).GetProperty("state").GetString() == "connected", "It does not come over");
        Progress(writer, 20);
    }

    private static JsonElement Stats(string mount) => JsonDocument.Parse(TesseraCommand.Do("stats", "--json", mount)).RootElement;

    private static string AddressOf(string mount) => ExportServer.Info(mount).GetProperty("address").GetString()!;

    private static void Progress(Process writer, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            (writer.StandardOutput.ReadLine() ?? "").ShouldNotBeEmpty(writer.HasExited ? writer.StandardError.ReadToEnd() : "It has ended");
        }
    }

    private static string LastLine(Process writer, Func<string> log)
    {
        string line;
        do
        {
            line = writer.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{writer.StandardError.ReadToEnd()}\n{log()}");
        }
        while (!line.Contains(' ', StringComparison.Ordinal));

        return line;
    }
}
