using System.Net;
using System.Net.Sockets;

namespace Tessera.Mount.Tests.Export;

/// <summary>Ports of this machine for servers that tests start.</summary>
internal static class LoopbackPort
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    /// <summary>One that nobody listens on.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Returns when somebody listens; false when the server ended instead, or never did.</summary>
    public static async Task<bool> WaitAsync(int port, System.Diagnostics.Process server)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var retry = new PeriodicTimer(s_retry);
        while (!server.HasExited && !limit.IsCancellationRequested)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, CancellationToken.None);
                return true;
            }
            catch (SocketException)
            {
                await retry.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        return false;
    }
}
