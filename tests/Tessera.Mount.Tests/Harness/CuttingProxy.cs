using System.Net;
using System.Net.Sockets;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A TCP proxy on loopback that can cut every connection through it, be gone, or fall silent.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private const int SmallBuffer = 64 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly List<TcpClient> _connections = [];
    private bool _isOver;
    private volatile bool _isDown;
    private volatile bool _isSilent;
    private long _carried;

    /// <param name="target">Where what comes goes.</param>
    /// <param name="rate">Bytes a second, in each direction of each connection; 0: as fast as they come.</param>
    public CuttingProxy(string target, int rate = 0)
    {
        _target = IPEndPoint.Parse(target);
        Rate = rate;
        if (rate > 0)
        {
            _listener.Server.ReceiveBufferSize = SmallBuffer; // What fits into buffers is on no line.
        }

        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>How long what is sent in one go is held back, in either direction.</summary>
    public TimeSpan Delay { get; init; }

    public int Rate { get; }

    /// <summary>Bytes passed on so far, both ways.</summary>
    public long Carried => Interlocked.Read(ref _carried);

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Resets both sides of every connection, losing what is on its way.</summary>
    public void Cut()
    {
        lock (_connections)
        {
            foreach (TcpClient connection in _connections)
            {
                connection.LingerState = new LingerOption(enable: true, 0);
                connection.Close();
            }

            _connections.Clear();
        }
    }

    /// <summary>Resets what there is and what comes, until it is <see cref="Up"/>.</summary>
    public void Down()
    {
        _isDown = true;
        Cut();
    }

    /// <summary>Takes everything and passes on nothing, as a line that was unplugged somewhere, until it is <see cref="Up"/>.</summary>
    public void Silence() => _isSilent = true;

    /// <summary>Passes on what comes from now on.</summary>
    public void Up()
    {
        if (_isSilent)
        {
            Cut(); // Of these bytes are missing.
        }

        (_isDown, _isSilent) = (false, false);
    }

    public void Dispose()
    {
        _isOver = true;
        _listener.Stop();
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                if (Rate > 0)
                {
                    server.ReceiveBufferSize = SmallBuffer;
                }

                if (_isDown)
                {
                    server.Dispose();
                    client.LingerState = new LingerOption(enable: true, 0);
                    client.Close();
                    continue;
                }

                await server.ConnectAsync(_target);
                lock (_connections)
                {
                    _connections.AddRange([client, server]);
                }

                _ = CopyAsync(client, server);
                _ = CopyAsync(server, client);
            }
        }
        catch (SocketException) when (_isOver)
        {
            // The listener was closed.
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            byte[] buffer = new byte[128 << 10];
            for (int length = await from.GetStream().ReadAsync(buffer); length > 0; length = await from.GetStream().ReadAsync(buffer))
            {
                if (!_isSilent)
                {
                    await Task.Delay(Rate > 0 ? Delay + TimeSpan.FromSeconds(length / (double)Rate) : Delay);
                    Interlocked.Add(ref _carried, length);
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, length));
                }
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It was cut, here or at an end.
        }
    }
}
