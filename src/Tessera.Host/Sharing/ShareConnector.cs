using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>Makes connections to a server, again and again where it has to.</summary>
/// <param name="url">Of the workspace, or the export.</param>
/// <param name="credential">What is shown.</param>
/// <param name="readOnly">Nothing is to be changed.</param>
/// <param name="fingerprint">The one certificate to accept; null: whatever this system trusts.</param>
/// <param name="role">Which end this is.</param>
internal sealed class ShareConnector(Uri url, ClientCredential credential, bool readOnly, CertificateFingerprint? fingerprint, WireRole role)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private bool Shares => role == WireRole.Exporter;

    /// <summary>Told what is wrong when, not for the first time, something else answers in the server's place.</summary>
    public Action<CommandException> OnUntrusted { get; init; } = static fault => ErrorReport.Write(fault.Message, fault.Advice);

    /// <summary>The URL, when it is one that the token may be sent to.</summary>
    /// <exception cref="CommandException">It is none, or would send the token over a network for all to read.</exception>
    public static Uri Check(string url, CertificateFingerprint? fingerprint)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("ws" or "wss"))
        {
            throw new CommandException(ExitCode.Usage, $"{url} is not a URL of WebSocket.", "Write wss://SERVER:7400/workspaces/NAME to share, wss://SERVER:7400/NAME to mount.");
        }

        if (fingerprint is not null && parsed.Scheme != "wss")
        {
            throw new CommandException(ExitCode.Usage, $"{url} is without TLS, so there is no certificate that --fingerprint could name.", "Write wss://.");
        }

        return parsed.Scheme == "wss" || (IPAddress.TryParse(parsed.DnsSafeHost, out IPAddress? address) ? IPAddress.IsLoopback(address) : parsed.Host == "localhost")
            ? parsed
            : throw new CommandException(ExitCode.Usage, $"{url} would send the token and the files unencrypted over a network.", "Use wss://, or a tunnel that ends on this host.");
    }

    /// <summary>A connection on which the session goes on, or a new one begins. The first attempt tells why it fails; later ones are repeated, with longer and
    /// longer pauses, until one succeeds.</summary>
    /// <returns>Null: the server does not know the session.</returns>
    public async Task<ShareConnection?> ConnectAsync(SessionKey session, WireFeatures features, bool isFirst, CancellationToken cancellation)
    {
        TimeSpan pause = ShortestWait;
        bool wasTold = false;
        while (true)
        {
            try
            {
                return await ConnectOnceAsync(session, features, cancellation);
            }
            catch (Exception fault) when (fault is WebSocketException or IOException or TimeoutException)
            {
                cancellation.ThrowIfCancellationRequested();
                if (isFirst)
                {
                    throw new CommandException(ExitCode.Fault, $"The server at {url} does not answer: {fault.Message}", advice: null, fault);
                }
            }

            catch (CommandException fault) when (fault.Code == ExitCode.Untrusted && !isFirst)
            {
                // Something else answers for a while, as in a network that wants a log-in first. It got nothing: the session waits for its server.
                if (!wasTold)
                {
                    OnUntrusted(fault);
                }

                wasTold = true;
            }

            // Up to half of it at random, so that a thousand clients do not come back in one moment.
            int spread = RandomNumberGenerator.GetInt32((int)(pause.TotalMilliseconds / 2) + 1);
            await Task.Delay(pause - TimeSpan.FromMilliseconds(spread), cancellation);
            pause = pause * 2 < LongestWait ? pause * 2 : LongestWait;
        }
    }

    private async Task<ShareConnection?> ConnectOnceAsync(SessionKey session, WireFeatures features, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = WireLimits.HeartbeatEvery;
        socket.Options.KeepAliveTimeout = WireLimits.HeartbeatTime;
        socket.Options.CollectHttpResponseDetails = true;
        var transport = new WebSocketTransport(socket);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(WireLimits.HandshakeTime);
            await DialAsync(socket, patience.Token);
            await transport.SendAsync(new Hello(1, 1, features, readOnly, session) { Role = role }.Encode(), patience.Token);
            Welcome? welcome = await ReceiveWelcomeAsync(transport, patience.Token);
            if (welcome is not null)
            {
                return new ShareConnection(transport, welcome);
            }

            transport.Dispose();
            return null;
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            transport.Dispose();
            throw new TimeoutException("No answer in time.", fault);
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    private async Task DialAsync(ClientWebSocket socket, CancellationToken cancellation)
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

    private static async Task<Welcome?> ReceiveWelcomeAsync(WebSocketTransport transport, CancellationToken cancellation)
    {
        byte[] frame = new byte[FrameHeader.Size + 4 + WireLimits.MaxText];
        int length = await transport.ReceiveAsync(frame, cancellation);
        if (Welcome.Decode(frame.AsSpan(0, length)) is { } welcome)
        {
            return welcome;
        }

        Farewell refused = Farewell.Decode(frame.AsSpan(0, length)) ?? throw new IOException("What answers is no server of this protocol.");
        return refused.Reason == FarewellReason.UnknownSession
            ? null
            : throw new CommandException(refused.Reason == FarewellReason.Busy ? ExitCode.Busy : ExitCode.Fault, $"The server refuses: {refused.Text}");
    }
}
