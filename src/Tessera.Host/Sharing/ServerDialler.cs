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
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(WireLimits.HandshakeTime);
        try
        {
            return url.Scheme == ServerAddresses.Bare ? await DialBareAsync(url, patience.Token) : await DialWebSocketAsync(url, patience.Token);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException("No answer in time.", fault);
        }
        catch (IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw;
        }
    }

    private async Task<IFrameTransport> DialWebSocketAsync(Uri url, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        var check = new CertificateCheck(fingerprint);
        try
        {
            socket.Options.KeepAliveInterval = heartbeat.Every;
            socket.Options.KeepAliveTimeout = heartbeat.Time;
            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.RemoteCertificateValidationCallback = check.Accepts;
            using X509Certificate2? own = credential.ApplyTo(socket.Options);
            await socket.ConnectAsync(url, cancellation);
            return new WebSocketTransport(socket);
        }
        catch (WebSocketException fault)
        {
            HttpStatusCode status = socket.HttpStatusCode;
            string? reason = socket.HttpResponseHeaders?.TryGetValue(AdmissionReason.Header, out IEnumerable<string>? values) == true ? values.First() : null;
            socket.Dispose();
            throw check.Refusal ?? RefusalOf(url, status, reason, fault) ?? (Exception)new IOException(fault.Message, fault);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>TLS without HTTP: the path and the token go in a frame, once the certificate has been looked at.</summary>
    private async Task<IFrameTransport> DialBareAsync(Uri url, CancellationToken cancellation)
    {
        var check = new CertificateCheck(fingerprint);
        using X509Certificate2? own = credential.Certificate();
        StreamTransport transport = await BareConnection.OpenAsync(url, own, check, cancellation);
        try
        {
            await transport.SendAsync(new OpenFrame(url.AbsolutePath, credential.Token ?? string.Empty).Encode(), cancellation);
            byte[] frame = new byte[OpenedFrame.MaxSize];
            int length = await transport.ReceiveAsync(frame, cancellation);
            OpenedFrame answer = OpenedFrame.Decode(frame.AsSpan(0, length)) ?? throw new IOException("What answers is no server of this protocol.");
            if (answer.Status != OpenedFrame.Admitted)
            {
                throw RefusalOf(url, (HttpStatusCode)answer.Status, answer.Reason.Length == 0 ? null : answer.Reason, cause: null) ?? (Exception)new IOException($"The server answers {answer.Status}.");
            }

            transport.KeepAlive(heartbeat.Every, heartbeat.Time);
            return transport;
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    /// <summary>What a status means for whoever waits; null: that the server does not answer as it should, and may do so later.</summary>
    private CommandException? RefusalOf(Uri url, HttpStatusCode status, string? reason, Exception? cause) => status switch
    {
        HttpStatusCode.Unauthorized => credential.RefusedBecause(reason, cause),
        HttpStatusCode.Forbidden => new CommandException(
            ExitCode.Fault, Shares ? "The token, or certificate, is not for a workspace of that name." : "The token, or certificate, is not for an export of that name.", advice: null, cause),
        HttpStatusCode.NotFound => Shares
            ? new CommandException(ExitCode.Usage, $"{url} is not the address of a workspace.", "It ends in /workspaces/NAME: letters, digits, '.', '-' and '_'.", cause)
            : new CommandException(ExitCode.Usage, $"{url} is not the address of an export.", "The server has those that it was started with: --export NAME=PATH.", cause),
        _ => null,
    };
}
