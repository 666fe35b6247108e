using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>Connections over TLS on which frames go without HTTP.</summary>
internal static class BareConnection
{
    private static readonly SslApplicationProtocol Protocol = new(StreamTransport.ProtocolName);

    /// <param name="url">Where to.</param>
    /// <param name="own">What is shown in the handshake; null: nothing.</param>
    /// <param name="check">Whether the server is the one that was meant.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="IOException">Nobody answers there, or somebody who does not speak this.</exception>
    /// <exception cref="CommandException">It is another than was meant.</exception>
    public static async Task<StreamTransport> OpenAsync(Uri url, X509Certificate2? own, CertificateCheck check, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }; // A small frame is not to wait for another.
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(url.DnsSafeHost, url.Port, cancellation);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = url.DnsSafeHost,
                ApplicationProtocols = [Protocol],
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = check.Accepts,
                ClientCertificates = own is null ? null : new X509CertificateCollection { own },
            };
            await tls.AuthenticateAsClientAsync(options, cancellation);
            return tls.NegotiatedApplicationProtocol == Protocol
                ? new StreamTransport(tls, tls, socket.Dispose)
                : throw new IOException($"What answers does not speak {Protocol}.");
        }
        catch (Exception fault)
        {
            await (tls?.DisposeAsync() ?? default);
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw check.Refusal ?? (fault is SocketException or AuthenticationException ? new IOException(fault.Message, fault) : fault);
        }
    }
}
