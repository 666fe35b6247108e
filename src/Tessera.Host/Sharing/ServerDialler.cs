using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>Makes connections to one address of a server: encrypted where it is to be, to the server that was meant, and admitted by it. What goes over them then is another's to say.</summary>
/// <param name="credential">What is shown.</param>
/// <param name="fingerprint">The one certificate to accept; null: whatever this system trusts.</param>
/// <param name="role">Which end this is.</param>
/// <param name="heartbeat">When a quiet connection is lost.</param>
internal sealed class ServerDialler(ClientCredential credential, CertificateFingerprint? fingerprint, WireRole role, Heartbeat heartbeat)
{
    private bool Shares => role == WireRole.Exporter;

    /// <exception cref="IOException">The server does not answer there, or not in time.</exception>
    /// <exception cref="CommandException">Something else answers, or the server does not let this client in.</exception>
    public async Task<IFrameTransport> DialAsync(Uri url, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = heartbeat.Every;
            socket.Options.KeepAliveTimeout = heartbeat.Time;
            socket.Options.CollectHttpResponseDetails = true;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(WireLimits.HandshakeTime);
            await ConnectAsync(socket, url, patience.Token);
            return new WebSocketTransport(socket);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new IOException("No answer in time.", fault);
        }
        catch (WebSocketException fault)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new IOException(fault.Message, fault);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ConnectAsync(ClientWebSocket socket, Uri url, CancellationToken cancellation)
    {
        var check = new CertificateCheck(fingerprint);
        socket.Options.RemoteCertificateValidationCallback = check.Accepts;
        using X509Certificate2? own = credential.ApplyTo(socket.Options);
        try
        {
            await socket.ConnectAsync(url, cancellation);
        }
        catch (WebSocketException) when (check.Refusal is not null)
        {
            throw check.Refusal;
        }
        catch (WebSocketException fault) when (socket.HttpStatusCode is HttpStatusCode.Unauthorized)
        {
            throw credential.RefusedBecause(socket.HttpResponseHeaders?.TryGetValue(AdmissionReason.Header, out IEnumerable<string>? values) == true ? values.First() : null, fault);
        }
        catch (WebSocketException fault) when (socket.HttpStatusCode is HttpStatusCode.Forbidden)
        {
            throw new CommandException(ExitCode.Fault, Shares ? "The token, or certificate, is not for a workspace of that name." : "The token, or certificate, is not for an export of that name.", advice: null, fault);
        }
        catch (WebSocketException fault) when (socket.HttpStatusCode is HttpStatusCode.NotFound)
        {
            throw Shares
                ? new CommandException(ExitCode.Usage, $"{url} is not the address of a workspace.", "It ends in /workspaces/NAME: letters, digits, '.', '-' and '_'.", fault)
                : new CommandException(ExitCode.Usage, $"{url} is not the address of an export.", "The server has those that it was started with: --export NAME=PATH.", fault);
        }
    }
}
