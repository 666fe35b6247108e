using System.Diagnostics;
using System.Net.WebSockets;
using Tessera.Mount.Tests.Harness;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A client that is there and answers nothing keeps no program for longer than the deadline.</summary>
public sealed class DeadlineTests
{
    [Fact]
    public async Task Programs_are_told_that_the_client_does_not_answer_and_in_the_end_its_workspace_goes()
    {
        await using var server = new SharedWorkspace("--deadline", "2s");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {await File.ReadAllTextAsync(server.TokenFile, cancellation)}");
        await socket.ConnectAsync(new Uri(server.Url(server.Address)), cancellation);
        using var transport = new WebSocketTransport(socket);
        await transport.SendAsync(new Hello(1, 1, WireFeatures.None, ReadOnly: false, SessionKey.None).Encode(), cancellation);
        Task ended = ListenAsync(transport);
        server.WaitFor(() => server.IsMounted, "It was not mounted");

        long began = Stopwatch.GetTimestamp();
        ProgramResult asked = Programs.TryRun(new ProgramStart("stat", Path.Combine(server.Path, "f")));
        asked.ExitCode.ShouldBe(1);
        asked.Error.ShouldContain("Connection timed out");
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeInRange(1.9, 30);

        // As many as may be under way at once, and none is answered.
        Programs.Shell(server.Workspaces, $"for i in $(seq 200); do (stat {server.Path}/f$i > /dev/null 2>&1 || true) & done; wait");
        server.WaitFor(() => !server.IsMounted, "It stayed mounted");
        await ended.WaitAsync(TimeSpan.FromMinutes(1), cancellation);
        server.WaitFor(() => server.Text().Contains("The client answers no requests.", StringComparison.Ordinal), "It does not say why");
        server.Check();
    }

    /// <summary>Takes what comes, which answers pings too, and says nothing.</summary>
    private static async Task ListenAsync(WebSocketTransport transport)
    {
        byte[] frame = new byte[WireLimits.MaxFrame];
        try
        {
            while (await transport.ReceiveAsync(frame, CancellationToken.None) > 0)
            {
                // It stays unanswered.
            }
        }
        catch (IOException)
        {
            // The server has hung up.
        }
    }
}
