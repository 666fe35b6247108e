using System.Globalization;
using System.Text.RegularExpressions;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What a server tells those who look after it, and whom it tells.</summary>
public sealed partial class MonitoringTests
{
    [Fact]
    public async Task Metrics_count_what_happens_in_a_workspace_and_who_was_sent_away()
    {
        await using var workspace = new SharedWorkspace("--grace", "60");
        Programs.Shell(workspace.Source, "head -c 3000000 /dev/urandom > large");
        (await ReadAsync(workspace))["tessera_sessions"].ShouldBe(0);
        workspace.Share();
        Programs.Shell(workspace.Path, "cat large > /dev/null; head -c 1000000 large > copy; ! cat missing 2>/dev/null");

        Dictionary<string, double> busy = await ReadAsync(workspace);
        busy["tessera_sessions"].ShouldBe(1);
        busy["tessera_sessions_connected"].ShouldBe(1);
        busy["tessera_mounts"].ShouldBe(1);
        busy["tessera_connections_total"].ShouldBe(1);
        busy["tessera_requests_total{operation=\"read\"}"].ShouldBeGreaterThan(1);
        busy["tessera_requests_total{operation=\"write\"}"].ShouldBeGreaterThan(0);
        busy["tessera_request_errors_total{operation=\"lookup\"}"].ShouldBeGreaterThan(0);
        busy["tessera_frame_bytes_total{direction=\"received\"}"].ShouldBeInRange(3_000_000, 6_000_000);
        busy["tessera_frame_bytes_total{direction=\"sent\"}"].ShouldBeInRange(1_000_000, 3_000_000);
        busy["process_resident_memory_bytes"].ShouldBeInRange(10e6, 1e9);
        busy["tessera_refused_total{reason=\"token\"}"].ShouldBe(0);

        string wrong = Path.Combine(workspace.Scratch, "wrong");
        File.WriteAllText(wrong, new string('x', 32));
        TesseraCommand.Run("share", workspace.Source, workspace.Url(workspace.Address), "--token-file", wrong).ExitCode.ShouldBe(1);
        TesseraCommand.Run("share", workspace.Source, workspace.Url(workspace.Address), "--token-file", workspace.TokenFile).ExitCode.ShouldBe(6);
        workspace.EndClient("KILL");
        workspace.WaitFor(() => workspace.Text().Contains("\"disconnected\"", StringComparison.Ordinal), "The server did not see it");

        Dictionary<string, double> cut = await ReadAsync(workspace);
        cut["tessera_refused_total{reason=\"token\"}"].ShouldBe(1);
        cut["tessera_refused_total{reason=\"busy\"}"].ShouldBe(1);
        (cut["tessera_sessions"], cut["tessera_sessions_connected"], cut["tessera_mounts"]).ShouldBe((1, 0, 1));
        workspace.Check();
    }

    [Fact]
    public async Task Metrics_are_for_this_host_and_for_those_with_the_token()
    {
        await using var workspace = new SharedWorkspace();
        string token = $"Authorization: Bearer {File.ReadAllText(workspace.TokenFile)}";

        Status(workspace, "/metrics").ShouldBe("200");
        Status(workspace, "/metrics", "X-Forwarded-For: 192.0.2.1").ShouldBe("401");
        Status(workspace, "/metrics", "X-Forwarded-For: 192.0.2.1", token).ShouldBe("200");
        Status(workspace, "/metrics", "Forwarded: for=192.0.2.1", "Authorization: Bearer xxxxxxxxxxxxxxxxxxxx").ShouldBe("401");
        Status(workspace, "/readyz", "X-Forwarded-For: 192.0.2.1").ShouldBe("200");
        workspace.Check();
    }

    /// <summary>In a network of its own, whose one address beyond loopback is one for documentation.</summary>
    [Fact]
    public void Metrics_are_told_to_no_other_host_without_the_token()
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "token"), new string('x', 32));

        string codes = Programs.Run(
            directory.Path, "unshare", "-n", "bash", "-euo", "pipefail", "-c",
            "ip link set lo up; ip addr add 192.0.2.1/32 dev lo; mkdir w; export XDG_STATE_HOME=$PWD; mkfifo said; "
            + $"'{TesseraCommand.Launcher}' serve --listen 0.0.0.0:7400 --self-signed --token-file token --workspaces w > said 2> log & server=$!; trap 'kill $server; wait $server' EXIT; "
            + "exec 3< said; read -r line <&3; get() { curl -sk -o body -w '%{http_code} ' \"$@\"; }; "
            + "get https://127.0.0.1:7400/metrics; get https://192.0.2.1:7400/metrics; get -H \"Authorization: Bearer $(cat token)\" https://192.0.2.1:7400/metrics; "
            + "get https://192.0.2.1:7400/healthz; get https://192.0.2.1:7400/readyz");

        codes.Trim().ShouldBe("200 401 200 200 200");
    }

    [Fact]
    public async Task A_server_whose_directory_is_gone_is_alive_and_not_ready()
    {
        await using var workspace = new SharedWorkspace();
        Status(workspace, "/readyz").ShouldBe("200");

        Directory.Delete(workspace.Workspaces);
        Status(workspace, "/readyz").ShouldBe("503");
        Status(workspace, "/healthz").ShouldBe("200");

        Directory.CreateDirectory(workspace.Workspaces);
        Status(workspace, "/readyz").ShouldBe("200");
        workspace.Check();
    }

    private static string Status(SharedWorkspace workspace, string path, params string[] headers) =>
        Programs.Run("/", "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", .. headers.SelectMany(header => new[] { "-H", header }), $"http://{workspace.Address}{path}"]);

    /// <summary>Each line must be of the text format, 0.0.4: a comment, or a name with labels and a number, after its HELP and TYPE.</summary>
    private static async Task<Dictionary<string, double>> ReadAsync(SharedWorkspace workspace)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri($"http://{workspace.Address}/metrics"));
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        string text = await response.Content.ReadAsStringAsync();
        text.ShouldEndWith("\n");
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        string described = "", typed = "";
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            Match match = Line().Match(line);
            match.Success.ShouldBeTrue(line);
            if (match.Groups["help"].Success)
            {
                described = match.Groups["help"].Value;
            }
            else if (match.Groups["type"].Success)
            {
                typed = match.Groups["type"].Value;
            }
            else
            {
                (described, typed).ShouldBe((match.Groups["name"].Value, match.Groups["name"].Value), line);
                samples.Add(line[..line.LastIndexOf(' ')], double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }

        return samples;
    }

    [GeneratedRegex("^(# HELP (?<help>[a-z_]+) [^\\\\]+|# TYPE (?<type>[a-z_]+) (counter|gauge)|(?<name>[a-z_]+)(\\{[a-z]+=\"[a-z_]+\"\\})? (?<value>[0-9.]+(E[+-][0-9]+)?))$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Line();
}
