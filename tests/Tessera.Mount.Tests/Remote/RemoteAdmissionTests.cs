using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Tessera.Core.FileSystem;
using Tessera.Mount.Tests.Harness;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Mount.Tests.Remote;

/// <summary>Who may mount what, and what a client that means harm reaches.</summary>
public sealed class RemoteAdmissionTests
{
    [Fact]
    public async Task A_token_is_good_for_its_exports_only_and_ends_its_mounts_when_it_is_revoked()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--mount", "vo*");
        string shares = Create(tokens, "--workspaces", "*");
        await using var server = new ExportServer("--tokens", tokens);
        string file = server.Keep("mine", token);

        string mount = server.Mount("--token-file", file);
        Programs.Shell(mount, "echo x > f");
        ProgramResult elsewhere = server.TryMount(server.Url("dir"), "--token-file", file);
        ProgramResult sharing = server.TryMount(server.Url(), "--token-file", server.Keep("shares", shares));
        ProgramResult wrong = server.TryMount(server.Url(), "--token-file", server.Keep("wrong", new string('x', 32)));
        ProgramResult missing = server.TryMount(server.Url("other"), "--token-file", server.TokenFile);
        TesseraCommand.Do("token", "list", "--tokens", tokens).ShouldContain("vo*");
        TesseraCommand.Do("token", "revoke", token.Split('.')[0], "--tokens", tokens);

        server.WaitFor(() => ExportServer.Info(mount).GetProperty("state").GetString() == "ended", "A revoked token goes on");
        ExportServer.Info(mount).GetProperty("reason").GetString()!.ShouldContain("was revoked");
        Programs.TryRun(new ProgramStart("cat", $"{mount}/f")).Error.ShouldContain("not connected");
        server.TryMount(server.Url(), "--token-file", file).ExitCode.ShouldBe(1);
        elsewhere.ExitCode.ShouldBe(1, elsewhere.ToString());
        elsewhere.Error.ShouldContain("not for an export of that name");
        sharing.ExitCode.ShouldBe(1, sharing.ToString());
        wrong.ExitCode.ShouldBe(1, wrong.ToString());
        wrong.Error.ShouldContain("does not accept the token");
        missing.ExitCode.ShouldBe(2, missing.ToString());
        missing.Error.ShouldContain("not the address of an export");
        File.ReadAllText($"/proc/{server.Server.Id}/cmdline").ShouldNotContain(token);
        server.Check();
    }

    [Fact]
    public async Task Over_tls_the_server_is_known_by_its_fingerprint_and_the_client_by_its_certificate()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--mount", "vol", "--enrol");
        await using var server = new ExportServer("--self-signed", "--tokens", tokens, "--client-certificates", "require");
        string identity = Path.Combine(directory.Path, "client.pem");
        TesseraCommand.Do(
            "enrol", $"wss://{server.Address}", "--token-file", server.Keep("enrol", token), "--fingerprint", server.Fingerprint, "--client-certificate", identity);

        ProgramResult without = server.TryMount(server.Url(), "--token-file", server.TokenFile, "--fingerprint", server.Fingerprint);
        ProgramResult untrusted = server.TryMount(server.Url(), "--client-certificate", identity);
        ProgramResult mounted = server.TryMount(server.Url(), "-o", $"client_certificate={identity},fingerprint={server.Fingerprint}");
        mounted.ExitCode.ShouldBe(0, mounted.ToString());
        Programs.Shell(server.Path, "head -c 1M /dev/urandom > f; sync f; cat f > /dev/null");

        without.ExitCode.ShouldBe(1, without.ToString());
        without.Error.ShouldContain("certificates of clients");
        untrusted.ExitCode.ShouldBe(14, untrusted.ToString());
        server.Check();
    }

    [Fact]
    public async Task What_a_client_does_is_policed_limited_recorded_and_counted()
    {
        using var directory = new ScratchDirectory();
        string policy = Path.Combine(directory.Path, "policy");
        string audit = Path.Combine(directory.Path, "audit");
        File.WriteAllText(policy, """{"deny":["read","write","delete"],"path":"/secret","workspaces":"vol"}""" + "\n");
        File.SetUnixFileMode(policy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var server = new ExportServer("--policy", policy, "--audit", audit, "--limit-ops", "read=10/s");
        string mount = server.Mount("-o", "cache=strict");

        Programs.Shell(mount, "mkdir open; echo x > open/f; ! mkdir secret 2>/dev/null; ! touch secret 2>/dev/null; mv open/f open/g; cat open/g");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Programs.Run(mount, "python3", "-c", "import os\nfd = os.open('open/g', os.O_RDONLY)\nfor i in range(40): os.pread(fd, 1, 0)");
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(2));
        string metrics = await Get(server, "/metrics");
        (await Get(server, "/readyz")).ShouldBe("ready\n");
        server.Check();

        string lines = TesseraCommand.Do("audit", audit, "--json");
        lines.ShouldContain("\"operation\":\"connect\"");
        lines.ShouldContain("\"operation\":\"rename\"");
        lines.Split('\n').Count(line => line.Contains("\"path\":\"secret\"", StringComparison.Ordinal) && line.Contains("\"errno\":13", StringComparison.Ordinal)).ShouldBeGreaterThan(0);
        lines.ShouldContain("\"operation\":\"end\"");
        metrics.ShouldContain("tessera_export_sessions_connected 1");
        metrics.ShouldContain("tessera_exports 2");
        metrics.ShouldContain("tessera_denied_total");
    }

    [Fact]
    public async Task A_client_that_means_harm_reaches_nothing_but_the_export()
    {
        await using var server = new ExportServer();
        File.WriteAllText(Path.Combine(server.Scratch, "outside"), "secret");
        foreach (string export in new[] { "vol", "dir" })
        {
            using var session = new ImportSession();
            using WebSocketTransport transport = await ConnectAsync(server, export);
            Task serving = session.RunAsync(transport);
            using var files = new RemoteFileSystem(session, new RemoteFileSystemOptions { Caching = RemoteCaching.Strict });
            Caller caller = Caller.Engine;

            foreach (string bad in new[] { "../outside", "..", ".", "", "d/../../outside", "/etc/passwd", "a\0b" })
            {
                byte[] name = Encoding.UTF8.GetBytes(bad);
                (await files.LookupAsync(caller, 1, name)).Error.ShouldBe(FsError.InvalidArgument, bad);
                (await files.CreateAsync(caller, 1, name, ModeBits.Regular | 0x1B6, OpenFlags.ReadWrite)).Error.ShouldBe(FsError.InvalidArgument, bad);
                (await files.MakeNodeAsync(caller, 1, name, new NewNode(ModeBits.Directory | 0x1FF, 0, default))).Error.ShouldBe(FsError.InvalidArgument, bad);
                (await files.UnlinkAsync(caller, 1, name)).ShouldBe(FsError.InvalidArgument, bad);
                (await files.RenameAsync(caller, new DirectoryEntry(1, "x"u8.ToArray()), new DirectoryEntry(1, name), RenameFlags.None)).ShouldBe(FsError.InvalidArgument, bad);
            }

            // Inodes and handles that were never told of: another session's, or guessed.
            for (ulong ino = 2; ino < 40; ino++)
            {
                (await files.GetAttributesAsync(caller, ino)).Error.ShouldBe(FsError.Stale);
                (await files.OpenAsync(caller, ino, OpenFlags.ReadWrite)).Error.ShouldBe(FsError.Stale);
            }

            OpenedFile made = (await files.CreateAsync(caller, 1, "f"u8.ToArray(), ModeBits.Regular | 0xFFF, OpenFlags.ReadWrite)).Value;
            (made.Attributes.Mode & (ModeBits.SetUid | ModeBits.SetGid)).ShouldBe(0u);
            (await files.MakeNodeAsync(caller, 1, "dev"u8.ToArray(), new NewNode(ModeBits.BlockDevice | 0x1B6, 0x801, default))).Error.ShouldBe(FsError.NotPermitted);
            (await files.SetAttributesAsync(caller, made.Attributes.Ino, new AttributeChanges { Mask = AttributeMask.Uid, Uid = 12345 })).Error.ShouldBe(FsError.NotPermitted);
            (await files.MakeNodeAsync(caller, 1, "l"u8.ToArray(), new NewNode(ModeBits.Symlink | 0x1FF, 0, Encoding.UTF8.GetBytes(Path.Combine(server.Scratch, "outside"))))).Ok.ShouldBeTrue();
            FsResult<InodeAttributes> link = await files.LookupAsync(caller, 1, "l"u8.ToArray());
            (await files.OpenAsync(caller, link.Value.Ino, OpenFlags.ReadOnly)).Ok.ShouldBeFalse("a link is not followed at the server");
            (await files.UnlinkAsync(caller, 1, "l"u8.ToArray())).ShouldBe(FsError.None);
            await session.EndAsync(new Farewell(FarewellReason.Ended, "Done."));
            transport.Abort();
            await serving;
        }

        File.ReadAllText(Path.Combine(server.Scratch, "outside")).ShouldBe("secret");
        server.Check();
    }

    /// <summary>Where its WELCOME cannot be sent any more, the session is one that waits for its client, and ends.</summary>
    [Fact]
    public async Task Clients_that_say_hello_and_are_gone_leave_no_sessions()
    {
        await using var server = new ExportServer("--grace", "1");
        for (int i = 0; i < 100; i++)
        {
            await SayHelloAndResetAsync(server);
        }

        string metrics = "";
        server.WaitFor(() => (metrics = Get(server, "/metrics").GetAwaiter().GetResult()).Contains("tessera_export_sessions 0\n", StringComparison.Ordinal), "Sessions are left");
        metrics.ShouldContain("tessera_exports 2");
        server.Check();
    }

    [Fact]
    public async Task The_door_tells_strangers_no_more_than_it_has_to()
    {
        await using var server = new ExportServer();

        (await StatusAsync(server, "/exports/vol", authorization: null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(server, "/exports/nothing", authorization: null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(server, "/exports/..%2fvol", authorization: null)).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(server, "/exports/vol", $"Bearer {File.ReadAllText(server.TokenFile)}")).ShouldBe(HttpStatusCode.UpgradeRequired);
        (await StatusAsync(server, "/workspaces/x", $"Bearer {File.ReadAllText(server.TokenFile)}")).ShouldBe(HttpStatusCode.NotFound);
        ProgramResult unencrypted = TesseraCommand.Run("mount", "ws://192.0.2.1:7400/x", server.Scratch + "/mnt9", "--token-file", server.TokenFile, "--create");
        unencrypted.ExitCode.ShouldBe(2, unencrypted.ToString());
        unencrypted.Error.ShouldContain("unencrypted");
        ProgramResult nothing = TesseraCommand.Run("serve", "--token-file", server.TokenFile);
        nothing.ExitCode.ShouldBe(2, nothing.ToString());
        server.Check();
    }

    private static async Task<WebSocketTransport> ConnectAsync(ExportServer server, string export)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {File.ReadAllText(server.TokenFile)}");
        await socket.ConnectAsync(new Uri($"ws://{server.Address}/exports/{export}"), TestContext.Current.CancellationToken);
        var transport = new WebSocketTransport(socket);
        await transport.SendAsync(new Hello(1, 1, WireFeatures.None, ReadOnly: false, SessionKey.None) { Role = WireRole.Importer }.Encode(), CancellationToken.None);
        byte[] frame = new byte[1024];
        int length = await transport.ReceiveAsync(frame, CancellationToken.None);
        Welcome.Decode(frame.AsSpan(0, length)).ShouldNotBeNull();
        return transport;
    }

    private static async Task SayHelloAndResetAsync(ExportServer server)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(server.Address), TestContext.Current.CancellationToken);
        string request = $"GET /exports/vol HTTP/1.1\r\nHost: {server.Address}\r\nAuthorization: Bearer {File.ReadAllText(server.TokenFile)}\r\n"
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
        byte[] hello = new Hello(1, 1, WireFeatures.None, ReadOnly: false, SessionKey.None) { Role = WireRole.Importer }.Encode();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync((byte[])[0x82, (byte)(0x80 | hello.Length), 0, 0, 0, 0, .. hello], TestContext.Current.CancellationToken);
        client.LingerState = new LingerOption(enable: true, 0);
    }

    private static async Task<string> Get(ExportServer server, string path)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri($"http://{server.Address}{path}"), TestContext.Current.CancellationToken);
    }

    private static async Task<HttpStatusCode> StatusAsync(ExportServer server, string path, string? authorization)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{server.Address}{path}"));
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static string Create(string tokens, params string[] options) => TesseraCommand.Do(["token", "create", "--tokens", tokens, .. options]).Trim();
}
