using System.Net.WebSockets;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Tests;

/// <summary>However a connection breaks, both directions say that it is lost, and nothing waits for it for ever.</summary>
public sealed class WebSocketTransportTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("reading first")]
    [InlineData("writing first")]
    [InlineData("abort")]
    public async Task A_broken_connection_is_an_IOException_in_both_directions(string how)
    {
        using var stream = new BreakingStream();
        using WebSocketTransport transport = Over(stream);
        Task<int> receiving = transport.ReceiveAsync(new byte[100], CancellationToken.None).AsTask();
        Task sending = transport.SendAsync(new byte[] { 1 }, CancellationToken.None).AsTask();
        switch (how)
        {
            case "reading first":
                stream.BreakReading();
                await Should.ThrowAsync<IOException>(receiving.WaitAsync(Limit, TestContext.Current.CancellationToken));
                stream.BreakWriting();
                break;
            case "writing first":
                stream.BreakWriting();
                await Should.ThrowAsync<IOException>(sending.WaitAsync(Limit, TestContext.Current.CancellationToken));
                stream.BreakReading();
                break;
            default:
                transport.Abort();
                stream.Dispose();
                break;
        }

        await Should.ThrowAsync<IOException>(receiving.WaitAsync(Limit, TestContext.Current.CancellationToken));
        await Should.ThrowAsync<IOException>(sending.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_the_caller_gives_up_is_cancelled_and_not_lost()
    {
        using var stream = new BreakingStream();
        using WebSocketTransport transport = Over(stream);
        using var patience = new CancellationTokenSource();
        Task<int> receiving = transport.ReceiveAsync(new byte[100], patience.Token).AsTask();
        await patience.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(receiving.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_session_ends_although_its_connection_takes_nothing()
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");
        try
        {
            using HostDirectory files = HostDirectory.Open(scratch.FullName, new HostDirectoryOptions());
            await using var exporter = new Exporter(files, new ExportPolicy(0, 0, ReadOnly: false), _ => { });
            using var exported = new BreakingStream();
            Task<Farewell?> serving = exporter.ServeAsync(Over(exported));
            using var imported = new BreakingStream();
            using var session = new ImportSession();
            Task<Farewell?> importing = session.RunAsync(Over(imported));

            await exporter.EndAsync(new Farewell(FarewellReason.Ended, "")).WaitAsync(Limit, TestContext.Current.CancellationToken);
            (await serving.WaitAsync(Limit, TestContext.Current.CancellationToken)).ShouldBeNull();
            await session.EndAsync(new Farewell(FarewellReason.Ended, "")).WaitAsync(Limit, TestContext.Current.CancellationToken);
            (await importing.WaitAsync(Limit, TestContext.Current.CancellationToken)).ShouldBeNull();
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static WebSocketTransport Over(Stream stream) => new(WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true }));
}
