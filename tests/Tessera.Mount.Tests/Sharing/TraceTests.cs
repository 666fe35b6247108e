using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What a program asks of a mount is one trace, through both processes.</summary>
public sealed class TraceTests
{
    private const string Server = "tessera-serve";
    private const string Client = "tessera-share";

    [Fact]
    public async Task An_operation_is_one_trace_from_the_mount_over_the_wire_to_the_client_that_does_it()
    {
        using var collector = new TraceCollector();
        await using var workspace = new SharedWorkspace("--otlp", collector.Url, "--trace-ratio", "1")
        {
            ClientEnvironment = new Dictionary<string, string>(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url },
        };
        using var proxy = new CuttingProxy(workspace.Address);
        workspace.Share(proxy.Address);
        Directory.CreateDirectory(Path.Combine(workspace.Path, "told-to-nobody"));
        proxy.Cut();
        Programs.Shell(workspace.Path, "rmdir told-to-nobody; echo what-is-in-it > f; cat f");

        workspace.Check(); // Who ends sends what is left.

        foreach ((string root, string step) in new[] { ("make_node", "makenode"), ("remove_directory", "removedirectory"), ("create", "create") })
        {
            TraceSpan asked = collector.Spans.Where(span => span.Name == root && span.ParentId.Length == 0).ShouldHaveSingleItem();
            asked.Service.ShouldBe(Server);
            TraceSpan sent = collector.Spans.Where(span => span.ParentId == asked.SpanId && span.Name.Split('+').Contains(step)).ShouldHaveSingleItem();
            TraceSpan done = collector.Spans.Where(span => span.ParentId == sent.SpanId).ShouldHaveSingleItem();
            sent.Service.ShouldBe(Server);
            done.Service.ShouldBe(Client);
            done.Name.ShouldBe(sent.Name);
            new[] { sent.TraceId, done.TraceId }.ShouldAllBe(trace => trace == asked.TraceId);
        }

        collector.Spans.Where(span => span.Service == Client).ShouldAllBe(span => span.ParentId.Length > 0);
        collector.Spans.Where(span => span.ParentId.Length == 0).Select(span => span.TraceId).ShouldBeUnique();
        collector.HasSeen("told-to-nobody"u8).ShouldBeFalse();
        collector.HasSeen("what-is-in-it"u8).ShouldBeFalse();
    }

    /// <summary>As with a peer from before there were traces: it is told nothing that it has not offered.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Where_one_end_alone_traces_the_other_works_as_ever(bool server, bool client)
    {
        using var collector = new TraceCollector();
        string[] serve = server ? ["--otlp", collector.Url, "--trace-ratio", "1"] : [];
        await using var workspace = new SharedWorkspace(serve);
        workspace.Share(options: client ? ["--otlp", collector.Url] : []);

        Programs.Shell(workspace.Path, "mkdir d; echo x > d/f; test \"$(cat d/f)\" = x");
        LibraryIsLoaded(workspace.Server.Id).ShouldBe(server);
        LibraryIsLoaded(workspace.Client!.Id).ShouldBe(client);
        workspace.Check();

        collector.Spans.Any(span => span.Service == Server).ShouldBe(server);
        collector.Spans.Any(span => span.Service == Client).ShouldBeFalse();
    }

    private static bool LibraryIsLoaded(int process) => File.ReadAllText($"/proc/{process}/maps").Contains("OpenTelemetry", StringComparison.Ordinal);

    [Fact]
    public async Task A_collector_that_is_not_there_holds_nothing_up()
    {
        await using var workspace = new SharedWorkspace("--otlp", "http://127.0.0.1:1", "--trace-ratio", "1");
        workspace.Share(options: ["--otlp", "http://127.0.0.1:1"]);

        Programs.Shell(workspace.Path, "for i in $(seq 300); do echo $i > f$i; done; cat f300 | grep -q 300");

        workspace.Check();
    }

    [Theory]
    [InlineData("--otlp", "nowhere")]
    [InlineData("--otlp", "ftp://127.0.0.1")]
    [InlineData("--trace-ratio", "0")]
    [InlineData("--trace-ratio", "2")]
    public void What_is_no_collector_and_no_share_is_refused(string option, string value)
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "token"), new string('x', 32));

        TesseraCommand.Run("serve", "--listen", "127.0.0.1:0", "--token-file", Path.Combine(directory.Path, "token"), option, value, "--workspaces", directory.Path).ExitCode.ShouldBe(2);
    }
}
