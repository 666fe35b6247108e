using System.Net;
using System.Net.Sockets;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A TCP proxy on loopback that can cut every connection through it.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly List<TcpClient> _connections = [];
    private bool _isOver;

    public CuttingProxy(string target)
    {
        _target = IPEndPoint.Parse(target);
        _listener.Start();
        _ = AcceptAsync();
    }

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

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // It was cut, here or at an end.
        }
    }
}
