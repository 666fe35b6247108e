using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Client and server speak TLS, and the client knows with whom before it sends anything.</summary>
public sealed class EncryptionTests
{
    private const UnixFileMode ForItsOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task A_server_that_made_its_certificate_serves_a_client_that_knows_the_fingerprint_on_every_address_and_after_a_restart()
    {
        await using var workspace = new SharedWorkspace("--self-signed");
        File.GetUnixFileMode(Path.Combine(workspace.State, "tessera", "server", "self-signed.pem")).ShouldBe(ForItsOwner);
        string fingerprint = workspace.Fingerprint;
        workspace.EndServer().ShouldBe(0);
        workspace.StartServer("0.0.0.0:0");
        workspace.Fingerprint.ShouldBe(fingerprint);
        string address = workspace.Address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        workspace.Share(address, "--fingerprint", fingerprint);
        Programs.Shell(workspace.Path, "echo there > f; head -c 3000000 /dev/urandom > large; cmp large ../../shared/large");
        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("there\n");

        workspace.EndServer("KILL");
        workspace.StartServer(address);

        workspace.Fingerprint.ShouldBe(fingerprint);
        workspace.WaitFor(() => workspace.IsMounted && File.Exists(Path.Combine(workspace.Path, "f")), "The client did not come back");
        workspace.EndClient().ShouldBe(0, workspace.Text());
        workspace.WaitFor(() => !workspace.IsMounted, "It stayed mounted");
        workspace.EndServer().ShouldBe(0, workspace.Text());
    }

    [Fact]
    public async Task A_server_with_another_certificate_or_one_that_nobody_vouches_for_gets_nothing()
    {
        await using var workspace = new SharedWorkspace("--self-signed");
        string wrong = workspace.Fingerprint[..^1] + (workspace.Fingerprint[^1] == '0' ? '1' : '0');
        string[] share = ["share", workspace.Source, workspace.Url(workspace.Address), "--token-file", workspace.TokenFile];

        ProgramResult other = TesseraCommand.Run([.. share, "--fingerprint", wrong]);
        ProgramResult unknown = TesseraCommand.Run(share);
        ProgramResult plain = TesseraCommand.Run(["share", workspace.Source, $"ws://{workspace.Address}/workspaces/work", "--token-file", workspace.TokenFile]);

        other.ExitCode.ShouldBe(14, other.ToString());
        other.Error.ShouldContain($"not the one with that fingerprint; it has {workspace.Fingerprint}");
        unknown.ExitCode.ShouldBe(14, unknown.ToString());
        unknown.Error.ShouldContain($"--fingerprint {workspace.Fingerprint}");
        plain.ExitCode.ShouldBe(1, plain.ToString());
        workspace.IsMounted.ShouldBeFalse();
        workspace.Text().ShouldNotContain("connected");
        workspace.Check();
    }

    [Fact]
    public async Task A_certificate_from_an_authority_that_the_client_trusts_needs_no_fingerprint()
    {
        using var directory = new ScratchDirectory();
        var chain = new CertificateChain(directory.Path);
        await using var workspace = new SharedWorkspace("--certificate", chain.Certificate, "--key", chain.Key)
        {
            ClientEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SSL_CERT_FILE"] = chain.Authority },
        };
        ProgramResult otherName = Programs.TryRun(
            new ProgramStart(TesseraCommand.Launcher, "share", workspace.Source, workspace.Url(workspace.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)), "--token-file", workspace.TokenFile)
            {
                Environment = workspace.ClientEnvironment,
            });

        workspace.Share();
        File.WriteAllText(Path.Combine(workspace.Path, "f"), "x");

        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("x");
        otherName.ExitCode.ShouldBe(14, otherName.ToString());
        otherName.Error.ShouldContain("another name");
        workspace.Check();
    }

    [Theory]
    [InlineData("belong together", "--certificate", "c")]
    [InlineData("exclude each other", "--self-signed", "--certificate", "c", "--key", "c")]
    [InlineData("cannot be read", "--certificate", "missing", "--key", "missing")]
    [InlineData("are not a certificate", "--certificate", "token", "--key", "token")]
    [InlineData("not private", "--certificate", "open", "--key", "open")]
    [InlineData("--self-signed", "--listen", "0.0.0.0:0")]
    public void A_server_that_could_not_be_trusted_does_not_start(string because, params string[] options)
    {
        using var directory = new ScratchDirectory();
        string token = Path.Combine(directory.Path, "token");
        File.WriteAllText(token, new string('x', 32));
        File.SetUnixFileMode(token, ForItsOwner);
        string open = Path.Combine(directory.Path, "open");
        File.WriteAllText(open, "x");
        File.SetUnixFileMode(open, ForItsOwner | UnixFileMode.OtherRead);

        ProgramResult refused = Programs.TryRun(
            new ProgramStart(TesseraCommand.Launcher, ["serve", "--token-file", token, "--workspaces", directory.Path, .. options]) { Directory = directory.Path });

        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(because);
    }

    [Theory]
    [InlineData("no certificate that --fingerprint could name", "ws://127.0.0.1:1/workspaces/x", "AB")]
    [InlineData("not a SHA-256 fingerprint", "wss://127.0.0.1:1/workspaces/x", "AB:CD")]
    public void A_fingerprint_that_names_nothing_is_refused(string because, string url, string fingerprint)
    {
        string whole = fingerprint.Length == 2 ? string.Concat(Enumerable.Repeat(fingerprint, 32)) : fingerprint;

        ProgramResult refused = TesseraCommand.Run("share", "/", url, "--token-file", "/nonexistent", "--fingerprint", whole);

        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain(because);
    }
}
