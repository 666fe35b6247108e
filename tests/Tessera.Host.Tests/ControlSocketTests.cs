using System.Net.Sockets;
using System.Text.Json;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;

namespace Tessera.Host.Tests;

public sealed class ControlSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-control-").FullName;

    private static readonly JsonElement Nothing = JsonDocument.Parse("{}").RootElement;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_directory, "0:1.sock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_request_is_answered_with_progress_and_a_result()
    {
        await using ControlServer server = Serve((request, progress, _) =>
        {
            progress.Report(new ControlReply { Doing = "half", Done = 0.5 });
            return Task.FromResult(JsonDocument.Parse($"{{\"echo\":\"{request.Operation}:{request.Argument}\"}}").RootElement);
        });
        using ControlClient client = ControlClient.TryConnect(SocketPath).ShouldNotBeNull();
        var seen = new List<double?>();

        JsonElement result = await client.AskAsync(new ControlRequest("backup", "/dest"), reply => seen.Add(reply.Done), Cancellation);

        result.GetProperty("echo").GetString().ShouldBe("backup:/dest");
        seen.ShouldBe([0.5]);
        client.DaemonProcessId.ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public async Task A_refusal_keeps_its_code_and_advice()
    {
        await using ControlServer server = Serve((_, _, _) => throw new CommandException(ExitCode.NoSpace, "full", "delete something"));
        using ControlClient client = ControlClient.TryConnect(SocketPath).ShouldNotBeNull();

        CommandException fault = await Should.ThrowAsync<CommandException>(client.AskAsync(new ControlRequest("x"), null, Cancellation));

        (fault.Code, fault.Message, fault.Advice).ShouldBe((ExitCode.NoSpace, "full", "delete something"));
    }

    [Fact]
    public async Task A_fault_fails_its_request_and_the_next_one_is_served()
    {
        int calls = 0;
        await using ControlServer server = Serve((_, _, _) =>
            ++calls == 1 ? throw new InvalidOperationException("broken") : Task.FromResult(Nothing), _ => { });
        using (ControlClient first = ControlClient.TryConnect(SocketPath).ShouldNotBeNull())
        {
            (await Should.ThrowAsync<CommandException>(first.AskAsync(new ControlRequest("x"), null, Cancellation))).Code.ShouldBe(ExitCode.Fault);
        }

        using ControlClient second = ControlClient.TryConnect(SocketPath).ShouldNotBeNull();
        await second.AskAsync(new ControlRequest("x"), null, Cancellation);
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_what_it_asked_for()
    {
        var ended = new TaskCompletionSource<Exception>();
        await using ControlServer server = Serve(
            async (_, progress, _) =>
            {
                await Task.Yield();
                while (true)
                {
                    progress.Report(new ControlReply { Doing = "working" });
                }
            },
            fault => ended.TrySetResult(fault));
        using (var raw = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            raw.Connect(new UnixDomainSocketEndPoint(SocketPath));
            raw.Send("{\"operation\":\"backup\"}\n"u8);
            raw.Receive(new byte[1]).ShouldBe(1);
        }

        (await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation)).ShouldBeOfType<IOException>();
    }

    [Fact]
    public async Task A_request_beyond_the_limit_ends_its_conversation_only()
    {
        var fault = new TaskCompletionSource<Exception>();
        await using ControlServer server = Serve((_, _, _) => Task.FromResult(Nothing), e => fault.TrySetResult(e));
        using var raw = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        raw.Connect(new UnixDomainSocketEndPoint(SocketPath));
        raw.Send(new byte[ControlLimits.MaxRequestBytes + 1]);

        (await fault.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation)).ShouldBeOfType<InvalidDataException>();

        using ControlClient client = ControlClient.TryConnect(SocketPath).ShouldNotBeNull();
        await client.AskAsync(new ControlRequest("x"), null, Cancellation);
    }

    [Fact]
    public async Task A_socket_left_by_a_killed_daemon_is_no_daemon_and_is_replaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath));
        }

        ControlClient.TryConnect(SocketPath).ShouldBeNull();

        await using ControlServer server = Serve((_, _, _) => Task.FromResult(Nothing));
        using ControlClient client = ControlClient.TryConnect(SocketPath).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_socket_is_for_its_owner_only_and_goes_with_the_server()
    {
        await using (Serve((_, _, _) => Task.FromResult(Nothing)))
        {
            File.GetUnixFileMode(SocketPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Exists(SocketPath).ShouldBeFalse();
    }

    private ControlServer Serve(
        Func<ControlRequest, IProgress<ControlReply>, CancellationToken, Task<JsonElement>> answer, Action<Exception>? onFault = null) =>
        new(SocketPath, answer, onFault ?? (fault => throw new InvalidOperationException("unexpected", fault)));
}
