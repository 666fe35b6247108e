using System.Text.RegularExpressions;
using Tessera.Mount.Tests.Export;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A server without TLS behind nginx with it, which is configured as the guide says.</summary>
public sealed partial class ReverseProxyTests
{
    [Fact]
    public async Task A_client_shares_through_a_proxy_configured_as_the_guide_says_and_outlives_its_restart()
    {
        using var directory = new ScratchDirectory();
        var chain = new CertificateChain(directory.Path);
        await using var workspace = new SharedWorkspace
        {
            ClientScheme = "wss",
            ClientEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SSL_CERT_FILE"] = chain.Authority },
        };
        int port = LoopbackPort.Free();
        string configuration = Path.Combine(directory.Path, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration(directory.Path, chain, port, workspace.Address), TestContext.Current.CancellationToken);

        ServerProcess proxy = await StartAsync(configuration, port);
        try
        {
            workspace.Share($"127.0.0.1:{port}");
            Programs.Shell(workspace.Path, "echo there > f; head -c 8000000 /dev/urandom > large; cmp large ../../shared/large; ls -l");
            await proxy.DisposeAsync();
            Task<string> waits = Task.Run(() => Programs.Shell(workspace.Path, "echo again > g; cat f"), TestContext.Current.CancellationToken);
            proxy = await StartAsync(configuration, port);
            (await waits).ShouldBe("there\n");
            File.ReadAllText(Path.Combine(workspace.Source, "g")).ShouldBe("again\n");
            Status(chain, port, "metrics").ShouldBe("404", "nothing but /workspaces/ is passed on");
            Status(chain, port, "workspaces/other").ShouldBe("401");
        }
        finally
        {
            workspace.EndClient();
            await proxy.DisposeAsync();
        }

        workspace.Check();
    }

    private static Task<ServerProcess> StartAsync(string configuration, int port) =>
        ServerProcess.StartAsync(new ProgramStart("nginx", "-c", configuration), port, Path.Combine(Path.GetDirectoryName(configuration)!, "error.log"));

    /// <summary>The guide's block, with this test's address, certificate and server.</summary>
    private static string Configuration(string directory, CertificateChain chain, int port, string server)
    {
        string block = NginxBlock().Match(File.ReadAllText(Path.Combine(TesseraCommand.Root, "docs/guide/reverse-proxy.md"))).Groups["shown"].Value
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{port} ssl", StringComparison.Ordinal)
            .Replace("/etc/ssl/files.example.org/fullchain.pem", chain.Certificate, StringComparison.Ordinal)
            .Replace("/etc/ssl/files.example.org/privkey.pem", chain.Key, StringComparison.Ordinal)
            .Replace("127.0.0.1:7400", server, StringComparison.Ordinal);
        string places = string.Concat(from kind in new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" } select $"{kind}_temp_path {directory}/{kind};\n");
        return $"daemon off;\npid {directory}/pid;\nerror_log {directory}/error.log;\nevents {{ }}\nhttp {{\naccess_log off;\n{places}{block}\n}}\n";
    }

    private static string Status(CertificateChain chain, int port, string path) =>
        Programs.Run("/", "curl", "--silent", "--cacert", chain.Authority, "--output", "/dev/null", "--write-out", "%{http_code}", $"https://127.0.0.1:{port}/{path}");

    [GeneratedRegex("```nginx\n(?<shown>.*?)```", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NginxBlock();
}
