using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Remote;

/// <summary>The same sessions over TLS without HTTP, tls://, and what strangers get who come by that way.</summary>
public sealed class BareTlsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>OPEN for /exports/dir without a token (docs/protocol.md).</summary>
    private static readonly byte[] Open = Frame(10, [12, 0, .. "/exports/dir"u8, 0, 0]);

    [Fact]
    public async Task A_mount_works_through_cuts_and_goes_on_with_HTTP_where_there_is_nothing_else()
    {
        await using var server = new ExportServer("--self-signed", "--grace", "60");
        using var first = new CuttingProxy(server.Address);
        using var second = new CuttingProxy(server.Address);
        string mount = server.MountAt($"tls://{first.Address}/vol,wss://{second.Address}/vol", "--fingerprint", server.Fingerprint);
        string other = server.Mount("--fingerprint", server.Fingerprint);
        using Process program = Programs.Start(new ProgramStart("python3", "-c", """
            import hashlib, os
            big = os.open('big', os.O_RDWR | os.O_CREAT)
            digest = hashlib.sha256()
            for i in range(200):
                block = os.urandom(200_000)
                digest.update(block)
                assert os.write(big, block) == len(block)
                fd = os.open('f%d' % i, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                os.write(fd, b'%d' % i)
                os.close(fd)
                os.rename('f%d' % i, 'g%d' % i)
                print(i, flush=True)
                if i % 100 == 50: input()
            os.fsync(big)
            print(digest.hexdigest(), flush=True)
            """)
        { Directory = mount });
        string line;
        while ((line = program.StandardOutput.ReadLine() ?? "").Length is > 0 and < 64)
        {
            int number = int.Parse(line, CultureInfo.InvariantCulture);
            if (number % 50 == 20)
            {
                first.Cut();
            }
            else if (number == 50)
            {
                first.Silence();
                program.StandardInput.WriteLine();
            }
            else if (number == 150)
            {
                first.Up();
                server.WaitFor(() => AddressOf(mount).StartsWith("tls://", StringComparison.Ordinal), "It does not go back");
                program.StandardInput.WriteLine();
            }
        }

        line.Length.ShouldBe(64, line.Length == 0 ? program.StandardError.ReadToEnd() : line);
        program.WaitForExit(Limit).ShouldBeTrue();
        Programs.Run(other, "sha256sum", "big").ShouldStartWith(line);
        Programs.Shell(other, "test $(ls | wc -l) = 201; for i in $(seq 0 199); do test \"$(cat g$i)\" = $i; done");
        server.Check();
    }

    [Fact]
    public async Task A_share_works_through_cuts()
    {
        await using var workspace = new SharedWorkspace("--self-signed", "--grace", "60") { ClientScheme = "tls" };
        using var proxy = new CuttingProxy(workspace.Address);
        workspace.Share(proxy.Address, "--fingerprint", workspace.Fingerprint);

        for (int i = 0; i < 5; i++)
        {
            Task work = Task.Run(() => Programs.Shell(workspace.Path, $"for j in $(seq 50); do echo $j > {i}-$j; mv {i}-$j {i}+$j; done; head -c 3000000 /dev/urandom > large{i}; cmp large{i} ../../shared/large{i}"), TestContext.Current.CancellationToken);
            await Task.Delay(200, TestContext.Current.CancellationToken);
            proxy.Cut();
            await work;
        }

        Directory.GetFiles(workspace.Source, "*+*").Length.ShouldBe(250);
        workspace.Text().ShouldContain("Connected again.");
        workspace.Check();
    }

    [Fact]
    public async Task Who_is_not_let_in_hears_why_and_who_is_shows_a_token_or_a_certificate()
    {
        await using var server = new ExportServer("--self-signed");
        string address = $"tls://{server.Address}";
        string[] shown = ["--token-file", server.TokenFile, "--fingerprint", server.Fingerprint];

        Programs.Shell(server.MountAt($"{address}/vol", shown), "echo x > f; cat f").ShouldBe("x\n");
        Expect(server.TryMount($"{address}/vol", "--token-file", server.Keep("wrong", new string('x', 32)), "--fingerprint", server.Fingerprint), 1, "does not accept the token");
        Expect(server.TryMount($"{address}/nothing", shown), 2, "is not the address of an export");
        Expect(server.TryMount($"{address}/vol", "--token-file", server.TokenFile), 14, server.Fingerprint);
        Expect(server.TryMount("tls://localhost/vol", shown), 2, "no port");
        server.Text().ShouldNotContain(File.ReadAllText(server.TokenFile));
        server.Check();

        string tokens = Path.Combine(server.Scratch, "tokens");
        string token = server.Keep("enrol", TesseraCommand.Do("token", "create", "--tokens", tokens, "--mount", "vol", "--enrol"));
        await using var strict = new ExportServer("--self-signed", "--tokens", tokens, "--client-certificates", "require");
        string identity = Path.Combine(strict.Scratch, "client.pem");
        string[] certificate = ["--client-certificate", identity, "--fingerprint", strict.Fingerprint];
        TesseraCommand.Do(["enrol", $"tls://{strict.Address}", "--token-file", token, .. certificate]);
        Expect(strict.TryMount($"tls://{strict.Address}/vol", "--token-file", strict.TokenFile, "--fingerprint", strict.Fingerprint), 1, "no token, but certificates");
        strict.TryMount($"tls://{strict.Address}/vol", certificate).ExitCode.ShouldBe(0, strict.Text());
        Programs.Shell(strict.Path, "echo y > f; cat f").ShouldBe("y\n");
        TesseraCommand.Do("token", "revoke", File.ReadAllText(token).Split('.')[0], "--tokens", tokens);
        strict.WaitFor(() => ExportServer.Info(strict.Path).GetProperty("state").GetString() == "ended", "A revoked certificate goes on");
        TesseraCommand.Do("umount", strict.Path);
        Expect(strict.TryMount($"tls://{strict.Address}/vol", certificate), 1, "was revoked");
        strict.Check();
    }

    [Fact]
    public async Task Who_asks_for_no_protocol_or_another_gets_HTTP_or_nothing()
    {
        await using var server = new ExportServer("--self-signed");

        await using (SslStream none = await ConnectAsync(server, protocol: null))
        {
            await none.WriteAsync(Open, TestContext.Current.CancellationToken);
            (await ReadAllAsync(none)).ShouldStartWith("HTTP/1.1 400");
        }

        await Should.ThrowAsync<AuthenticationException>(() => ConnectAsync(server, "tessera/2"));
        server.Text().ShouldNotContain("connected");
        server.Check();
    }

    [Theory]
    [InlineData("too long")]
    [InlineData("too short")]
    [InlineData("another frame")]
    public async Task What_a_stranger_sends_in_the_place_of_an_OPEN_ends_it(string what)
    {
        await using var server = new ExportServer("--self-signed");
        await using SslStream stranger = await ConnectAsync(server, "tessera/1");
        byte[] sent = what switch
        {
            "too long" => [.. BitConverter.GetBytes(2049), .. new byte[100]],
            "too short" => [.. BitConverter.GetBytes(15), .. new byte[100]],
            _ => Frame(8, []),
        };
        await stranger.WriteAsync(sent, TestContext.Current.CancellationToken);

        (await ReadAllAsync(stranger)).ShouldBeEmpty();

        server.Text().ShouldNotContain("connected");
        server.Check();
    }

    /// <summary>All at once: each takes its whole time.</summary>
    [Fact]
    public async Task Strangers_who_do_not_come_to_the_end_of_an_OPEN_are_waited_for_so_long_only()
    {
        await using var server = new ExportServer("--self-signed");
        string[] ways = ["half a frame", "a byte now and then", "nothing"];

        await Task.WhenAll(ways.Select(async way =>
        {
            await using SslStream stranger = await ConnectAsync(server, "tessera/1");
            long began = Stopwatch.GetTimestamp();
            await stranger.WriteAsync(way == "half a frame" ? Open.AsMemory(0, 20) : default, TestContext.Current.CancellationToken);
            Task trickling = way == "a byte now and then" ? TrickleAsync(stranger) : Task.CompletedTask;

            (await ReadAllAsync(stranger)).ShouldBeEmpty(way);

            await trickling;
            Stopwatch.GetElapsedTime(began).ShouldBeInRange(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60), way);
        }));

        server.Text().ShouldNotContain("connected");
        server.Check();
    }

    [Fact]
    public async Task Without_a_token_the_answer_is_401_and_with_one_and_no_HELLO_there_is_no_session()
    {
        await using var server = new ExportServer("--self-signed");

        await using (SslStream stranger = await ConnectAsync(server, "tessera/1"))
        {
            await stranger.WriteAsync(Open, TestContext.Current.CancellationToken);
            (await ReadAllAsync(stranger)).ShouldBe(Encoding.Latin1.GetString(Frame(11, [401 & 255, 401 >> 8, 0, 0])));
        }

        byte[] token = File.ReadAllBytes(server.TokenFile);
        byte[] knock = Frame(10, [12, 0, .. "/exports/dir"u8, (byte)token.Length, 0, .. token]);
        await using (SslStream silent = await ConnectAsync(server, "tessera/1"))
        {
            await silent.WriteAsync(knock, TestContext.Current.CancellationToken);
            string answer = await ReadAllAsync(silent); // Let in; perhaps asked for a sign of life; and then, as no HELLO comes, the end.
            answer.ShouldStartWith(Encoding.Latin1.GetString(Frame(11, [101, 0, 0, 0])));
            answer.Length.ShouldBeLessThanOrEqualTo(20 + 16);
        }

        await using (SslStream huge = await ConnectAsync(server, "tessera/1"))
        {
            await huge.WriteAsync(knock, TestContext.Current.CancellationToken);
            await huge.WriteAsync(BitConverter.GetBytes(1 << 30), TestContext.Current.CancellationToken);
            (await ReadAllAsync(huge)).ShouldBe(Encoding.Latin1.GetString(Frame(11, [101, 0, 0, 0])));
        }

        server.Text().ShouldNotContain("\"connected\"");
        server.Text().ShouldNotContain(Encoding.ASCII.GetString(token));
        server.Check();
    }

    private static void Expect(ProgramResult result, int code, string said)
    {
        result.ExitCode.ShouldBe(code, result.ToString());
        result.Error.ShouldContain(said);
    }

    private static string AddressOf(string mount) => ExportServer.Info(mount).GetProperty("address").GetString()!;

    private static byte[] Frame(byte type, byte[] body) => [.. BitConverter.GetBytes(16 + body.Length), type, .. new byte[11], .. body];

    private static async Task<SslStream> ConnectAsync(ExportServer server, string? protocol)
    {
        var client = new TcpClient();
        IPEndPoint address = IPEndPoint.Parse(server.Address);
        await client.ConnectAsync(address.Address, address.Port);
        var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = protocol is null ? null : [new SslApplicationProtocol(protocol)],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256) == server.Fingerprint.Replace(":", "", StringComparison.Ordinal),
        });
        return tls;
    }

    /// <summary>What comes until the server closes the connection.</summary>
    private static async Task<string> ReadAllAsync(SslStream stream)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            for (int length = await stream.ReadAsync(buffer).AsTask().WaitAsync(Limit); length > 0; length = await stream.ReadAsync(buffer).AsTask().WaitAsync(Limit))
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }
        catch (IOException)
        {
            // It was reset.
        }

        return text.ToString();
    }

    private static async Task TrickleAsync(SslStream stream)
    {
        try
        {
            foreach (byte one in Open)
            {
                await stream.WriteAsync(new[] { one });
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
        catch (IOException)
        {
            // It was closed.
        }
    }
}
