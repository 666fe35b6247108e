using System.Net.WebSockets;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>A client as "tessera share" is one, small enough that a thousand fit into the process of a test: its connection is cut and made anew when it is told to.</summary>
internal sealed class SmallClient : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly HostFiles.HostDirectory files;
    private Exporter? exporter;
    private readonly Uri url;
    private readonly string token;
    private SessionKey session = SessionKey.None;
    private WebSocketTransport? transport;
    private Task serving = Task.CompletedTask;

    /// <param name="directory">What it shares.</param>
    /// <param name="url">Where.</param>
    /// <param name="token">With which token.</param>
    public SmallClient(string directory, string url, string token)
    {
        this.url = new Uri(url);
        this.token = token;
        files = HostFiles.HostDirectory.Open(directory, new HostFiles.HostDirectoryOptions());
    }

    /// <summary>Begins the session, or goes on with it.</summary>
    public async Task ConnectAsync()
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        socket.Options.KeepAliveInterval = WireLimits.HeartbeatEvery;
        socket.Options.KeepAliveTimeout = WireLimits.HeartbeatTime;
        transport = new WebSocketTransport(socket);
        using var patience = new CancellationTokenSource(Limit);
        await socket.ConnectAsync(url, patience.Token);
        await transport.SendAsync(new Hello(1, 1, WireFeatures.None, ReadOnly: false, session).Encode(), patience.Token);
        byte[] frame = new byte[1024];
        int length = await transport.ReceiveAsync(frame, patience.Token);
        session = Welcome.Decode(frame.AsSpan(0, length))?.Session ?? throw new InvalidOperationException($"Refused: {Farewell.Decode(frame.AsSpan(0, length))}");
        exporter ??= new Exporter(files, new ExportPolicy(0, 0, ReadOnly: false), static fault => Console.Error.WriteLine($"A request failed: {fault.Message}"));
        serving = exporter.ServeAsync(transport);
    }

    public async Task CutAsync()
    {
        transport!.Abort();
        await serving.WaitAsync(Limit);
        transport.Dispose();
    }

    /// <summary>Ends the session in good order.</summary>
    public async Task EndAsync()
    {
        await exporter!.EndAsync(new Farewell(FarewellReason.Ended, "Done."));
        await serving.WaitAsync(Limit);
        transport!.Dispose();
        await exporter.DisposeAsync();
        (exporter, session) = (null, SessionKey.None);
    }

    public async ValueTask DisposeAsync()
    {
        transport?.Abort();
        await serving.WaitAsync(Limit);
        transport?.Dispose();
        await (exporter?.DisposeAsync() ?? default);
        files.Dispose();
    }
}
