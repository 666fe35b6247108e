using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A client enrols once, and from then on shows a certificate whose key never left it.</summary>
public sealed class ClientCertificateTests
{
    private const UnixFileMode ForItsOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task Who_has_enrolled_shares_without_a_token_through_cuts_until_the_certificate_is_revoked()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--enrol", "--workspaces", "wo*");
        string certificate = Path.Combine(directory.Path, "client.pem");
        await using var workspace = new SharedWorkspace("--self-signed", "--tokens", tokens, "--client-certificates", "require", "--grace", "60") { ClientCertificate = certificate };
        string made = Enrol(workspace, Keep(directory, token), certificate).ShouldSucceed();
        string[] fingerprint = ["--fingerprint", workspace.Fingerprint];
        using var proxy = new CuttingProxy(workspace.Address);

        workspace.Share(proxy.Address, fingerprint);
        Programs.Shell(workspace.Path, "echo there > f");
        proxy.Cut();
        Programs.Shell(workspace.Path, "test \"$(cat f)\" = there; echo again > g");
        string renewed = Run(workspace, "enrol", Server(workspace), "--client-certificate", certificate).ShouldSucceed();
        ProgramResult elsewhere = Share(workspace, "other", "--client-certificate", certificate);
        ProgramResult withToken = Share(workspace, "work", "--token-file", workspace.TokenFile);
        ProgramResult withUsedToken = Share(workspace, "work", "--token-file", Keep(directory, token));
        string list = TesseraCommand.Do("token", "list", "--tokens", tokens, "--json");
        TesseraCommand.Do("token", "revoke", token.Split('.')[0], "--tokens", tokens);
        ProgramResult revoked = Share(workspace, "other", "--client-certificate", certificate);
        workspace.WaitFor(() => !workspace.IsMounted && workspace.Client!.HasExited, "A revoked certificate goes on");

        made.ShouldContain(certificate);
        renewed.ShouldContain(certificate);
        File.GetUnixFileMode(certificate).ShouldBe(ForItsOwner);
        File.GetUnixFileMode(Path.Combine(workspace.State, "tessera", "server", "client-authority.pem")).ShouldBe(ForItsOwner);
        Directory.GetFiles(directory.Path, "client.pem*").ShouldBe([certificate]);
        File.ReadAllText(Path.Combine(workspace.Source, "g")).ShouldBe("again\n");
        elsewhere.ShouldFail("not for a workspace of that name");
        withToken.ShouldFail("no token, but certificates");
        withUsedToken.ShouldFail("no token, but certificates");
        list.ShouldContain("\"enrolled\"");
        revoked.ShouldFail("was revoked");
        workspace.Client!.ExitCode.ShouldBe(1);
        workspace.Text().ShouldContain($"The token {token.Split('.')[0]} was revoked.");
        workspace.Client = null;
        workspace.Check();
    }

    [Fact]
    public async Task A_token_makes_a_certificate_for_one_key_only_though_many_come_at_once_and_the_server_is_killed()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Keep(directory, Create(tokens, "--enrol", "--workspaces", "*"));
        string plain = Keep(directory, Create(tokens, "--workspaces", "*"));
        string late = Create(tokens, "--enrol", "--workspaces", "*", "--expires", "1s");
        await using var workspace = new SharedWorkspace("--self-signed", "--tokens", tokens, "--client-certificates", "accept");

        ProgramResult[] racing = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => Enrol(workspace, token, Path.Combine(directory.Path, $"racing-{i}.pem")))));
        workspace.EndServer("KILL");
        workspace.StartServer("127.0.0.1:0");
        ProgramResult afterwards = Enrol(workspace, token, Path.Combine(directory.Path, "afterwards.pem"));
        ProgramResult ordinary = Enrol(workspace, plain, Path.Combine(directory.Path, "ordinary.pem"));
        ProgramResult expired = Enrol(workspace, Keep(directory, late), Path.Combine(directory.Path, "late.pem"));

        ProgramResult winner = racing.Where(result => result.ExitCode == 0).ShouldHaveSingleItem();
        foreach (ProgramResult loser in racing.Where(result => result != winner))
        {
            loser.ShouldFail("used before");
        }

        afterwards.ShouldFail("used before");
        ordinary.ShouldFail("does not accept the token");
        expired.ShouldFail("does not accept the token");
        Directory.GetFiles(directory.Path, "*.pem*").ShouldHaveSingleItem();
        workspace.Check();
    }

    /// <summary>The token was spent, and its answer never came: that of the same key, which is still here, is the one that it is good for.</summary>
    [Fact]
    public async Task An_enrolment_whose_answer_is_lost_is_taken_up_again()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Keep(directory, Create(tokens, "--enrol", "--workspaces", "*"));
        string certificate = Path.Combine(directory.Path, "client.pem");
        await using var workspace = new SharedWorkspace("--self-signed", "--tokens", tokens, "--client-certificates", "accept");
        Enrol(workspace, token, certificate).ShouldSucceed();
        string[] parts = File.ReadAllText(certificate).Split("-----END CERTIFICATE-----\n");
        File.Delete(certificate);
        File.WriteAllText($"{certificate}.key", parts[1]);

        Enrol(workspace, token, certificate).ShouldSucceed();

        Directory.GetFiles(directory.Path, "client.pem*").ShouldBe([certificate]);
        File.ReadAllText(certificate).ShouldEndWith(parts[1].Trim() + "\n");
        workspace.Check();
    }

    [Fact]
    public async Task A_certificate_of_another_authority_and_one_that_has_expired_let_nobody_in()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--enrol", "--workspaces", "*");
        string certificate = Path.Combine(directory.Path, "client.pem");
        string forged = Path.Combine(directory.Path, "forged.pem");
        await using var workspace = new SharedWorkspace("--self-signed", "--tokens", tokens, "--client-certificates", "require", "--client-lifetime", "20s") { ClientCertificate = certificate };
        Enrol(workspace, Keep(directory, token), certificate).ShouldSucceed();
        Forge(certificate, forged);

        ProgramResult stranger = Share(workspace, "other", "--client-certificate", forged);
        workspace.Share(options: ["--fingerprint", workspace.Fingerprint]);
        File.WriteAllText(Path.Combine(workspace.Path, "f"), "x");
        workspace.WaitFor(() => !workspace.IsMounted && workspace.Client!.HasExited, "An expired certificate goes on");
        ProgramResult expired = Share(workspace, "work", "--client-certificate", certificate);
        ProgramResult renewed = Run(workspace, "enrol", Server(workspace), "--client-certificate", certificate);

        stranger.ShouldFail("knows nothing of the certificate");
        workspace.Client!.ExitCode.ShouldBe(1);
        workspace.Text().ShouldContain("has expired.");
        expired.ShouldFail("has expired");
        renewed.ShouldFail("has expired");
        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("x");
        workspace.Client = null;
        workspace.Check();
    }

    [Fact]
    public async Task A_certificate_that_renews_itself_keeps_its_session_beyond_the_first_ones_end()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Keep(directory, Create(tokens, "--enrol", "--workspaces", "*"));
        await using var workspace = new SharedWorkspace("--self-signed", "--tokens", tokens, "--client-certificates", "accept", "--client-lifetime", "20s") { ClientCertificate = "" };
        string kept = Path.Combine(Environment.GetEnvironmentVariable("XDG_STATE_HOME")!, "tessera", "client", workspace.Address.Replace(':', '-') + ".pem");
        Run(workspace, "enrol", Server(workspace), "--token-file", token).ShouldSucceed().ShouldContain(kept);
        using X509Certificate2 first = X509Certificate2.CreateFromPem(File.ReadAllText(kept));
        workspace.Share(options: ["--fingerprint", workspace.Fingerprint]);

        while (TimeProvider.System.GetUtcNow() < new DateTimeOffset(first.NotAfter).AddSeconds(3))
        {
            Run(workspace, "enrol", Server(workspace)).ShouldSucceed();
        }

        workspace.IsMounted.ShouldBeTrue(workspace.Text());
        Programs.Shell(workspace.Path, "echo x > f");
        workspace.Check();
    }

    /// <summary>What a client of another make may send: no PEM, too much of it, a key of another kind, a request that its key has not signed.</summary>
    [Fact]
    public async Task Requests_that_are_none_leave_the_token_as_it_was()
    {
        using var directory = new ScratchDirectory();
        string tokens = Path.Combine(directory.Path, "tokens");
        string token = Create(tokens, "--enrol", "--workspaces", "*");
        await using var workspace = new SharedWorkspace("--self-signed", "--tokens", tokens, "--client-certificates", "require");
        using RSA rsa = RSA.Create(2048);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        byte[] good = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        byte[] unsigned = [.. good];
        unsigned[^1] ^= 1;
        string[] bodies =
        [
            "", "nonsense", new string('A', 100_000), Pem(unsigned),
            new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem(),
            new CertificateRequest("CN=x", other, HashAlgorithmName.SHA384).CreateSigningRequestPem(),
        ];

        foreach (string body in bodies)
        {
            (await PostAsync(workspace, "/enrol", token, body)).ShouldBe(HttpStatusCode.BadRequest, body.Length > 100 ? body[..100] : body);
        }

        (await PostAsync(workspace, "/enrol", "", Pem(good))).ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync(workspace, "/renew", token, "")).ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync(workspace, "/enrol", token, Pem(good))).ShouldBe(HttpStatusCode.OK);
        workspace.Check();

        static string Pem(byte[] der) => PemEncoding.WriteString("CERTIFICATE REQUEST", der);
    }

    [Theory]
    [InlineData("needs TLS", "--tokens", "tokens", "--client-certificates", "require")]
    [InlineData("needs TLS", "--self-signed", "--client-certificates", "accept")]
    public void Certificates_of_clients_need_tls_and_a_file_of_tokens(string because, params string[] options)
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "token"), new string('x', 32));

        ProgramResult refused = Programs.TryRun(
            new ProgramStart(TesseraCommand.Launcher, ["serve", "--token-file", "token", "--workspaces", directory.Path, .. options]) { Directory = directory.Path });

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(because);
    }

    [Fact]
    public void A_certificate_that_is_not_there_or_not_private_is_not_shown()
    {
        using var directory = new ScratchDirectory();
        string open = Path.Combine(directory.Path, "open.pem");
        File.WriteAllText(open, "x");
        File.SetUnixFileMode(open, ForItsOwner | UnixFileMode.GroupRead);
        const string Url = "wss://127.0.0.1:1/workspaces/x";

        TesseraCommand.Run("share", directory.Path, Url).ShouldRefuse("127.0.0.1-1.pem");
        TesseraCommand.Run("share", directory.Path, Url, "--client-certificate", open).ShouldRefuse("not private");
        TesseraCommand.Run("share", directory.Path, "ws://127.0.0.1:1/workspaces/x").ShouldRefuse("--token-file");
        TesseraCommand.Run("enrol", "ws://127.0.0.1:1").ShouldRefuse("without TLS");
    }

    /// <summary>All that a certificate says, its key's owner included, signed by an authority of the same name.</summary>
    private static void Forge(string certificate, string forged)
    {
        using X509Certificate2 real = X509Certificate2.CreateFromPemFile(certificate, certificate);
        using ECDsa key = real.GetECDsaPrivateKey()!;
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest(real.IssuerName, authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 signer = authority.CreateSelfSigned(new DateTimeOffset(real.NotBefore).AddDays(-1), new DateTimeOffset(real.NotAfter).AddDays(1));
        var request = new CertificateRequest(real.SubjectName, key, HashAlgorithmName.SHA256);
        foreach (X509Extension extension in real.Extensions.Where(extension => extension is not X509AuthorityKeyIdentifierExtension))
        {
            request.CertificateExtensions.Add(extension);
        }

        using X509Certificate2 made = request.Create(signer, new DateTimeOffset(real.NotBefore), new DateTimeOffset(real.NotAfter), real.SerialNumberBytes.Span);
        File.WriteAllText(forged, $"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        File.SetUnixFileMode(forged, ForItsOwner);
    }

    private static async Task<HttpStatusCode> PostAsync(SharedWorkspace workspace, string path, string token, string body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(workspace.Address));
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
        try
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(body));
        }
        catch (IOException) when (body.Length > 4096)
        {
            // It was answered before all of it was read.
        }

        using var reader = new StreamReader(tls, Encoding.ASCII);
        return (HttpStatusCode)int.Parse((await reader.ReadLineAsync())!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Server(SharedWorkspace workspace) => $"wss://{workspace.Address}";

    private static ProgramResult Enrol(SharedWorkspace workspace, string tokenFile, string certificate) =>
        Run(workspace, "enrol", Server(workspace), "--token-file", tokenFile, "--client-certificate", certificate);

    private static ProgramResult Share(SharedWorkspace workspace, string name, params string[] shown) =>
        Run(workspace, ["share", workspace.Source, $"{Server(workspace)}/workspaces/{name}", .. shown]);

    private static ProgramResult Run(SharedWorkspace workspace, params string[] arguments) => TesseraCommand.Run([.. arguments, "--fingerprint", workspace.Fingerprint]);

    private static string Create(string tokens, params string[] scope) => TesseraCommand.Do(["token", "create", "--tokens", tokens, .. scope]).Trim();

    private static string Keep(ScratchDirectory directory, string token)
    {
        string file = Path.Combine(directory.Path, $"token-{token.Split('.')[0]}");
        File.WriteAllText(file, token);
        return file;
    }
}
