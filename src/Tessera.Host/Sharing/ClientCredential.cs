using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>What a client shows a server: a token, or a certificate.</summary>
internal sealed class ClientCredential
{
    private readonly AccessToken? token;
    private readonly ClientIdentity? identity;

    private ClientCredential(AccessToken? token, ClientIdentity? identity)
    {
        this.token = token;
        this.identity = identity;
    }

    /// <param name="tokenFile">Holds a token; null: a certificate is shown.</param>
    /// <param name="certificate">Where that is; null: where this user keeps those of that server.</param>
    /// <param name="server">Who it is shown to.</param>
    /// <exception cref="CommandException">There is neither.</exception>
    public static ClientCredential Of(string? tokenFile, string? certificate, Uri server)
    {
        if (tokenFile is not null)
        {
            return certificate is null
                ? new ClientCredential(AccessToken.Read(tokenFile), identity: null)
                : throw new CommandException(ExitCode.Usage, "--token-file and --client-certificate exclude each other.");
        }

        if (!ServerAddresses.IsEncrypted(server))
        {
            throw new CommandException(ExitCode.Usage, "Without TLS a client shows a token.", "Name it by --token-file, or write wss:// or tls://.");
        }

        ClientIdentity shown = certificate is null ? ClientIdentity.For(server) : new ClientIdentity(certificate);
        shown.Read().Dispose();
        return new ClientCredential(token: null, shown);
    }

    /// <summary>Of a daemon, which is given the token itself.</summary>
    /// <param name="token">Its text, UTF-8; empty: a certificate is shown.</param>
    /// <param name="certificate">As <see cref="Of"/>.</param>
    /// <param name="server">As <see cref="Of"/>.</param>
    public static ClientCredential OfSecret(ReadOnlySpan<byte> token, string? certificate, Uri server) =>
        token.IsEmpty ? Of(tokenFile: null, certificate, server) : new ClientCredential(AccessToken.Parse(Encoding.UTF8.GetString(token)), identity: null);

    /// <summary>What a daemon is given: the token's text, UTF-8; empty: a certificate is shown.</summary>
    public byte[] Secret() => token is null ? [] : Encoding.UTF8.GetBytes(token.Text);

    /// <summary>For the server, over TLS; null: a certificate is shown.</summary>
    public string? Token => token?.Text;

    /// <summary>To be shown in a handshake; null: a token is shown. It is read anew each time: it may have been renewed.</summary>
    public X509Certificate2? Certificate() => token is null ? identity!.Read() : null;

    /// <summary>Gives it to a WebSocket that is to be connected.</summary>
    /// <returns>To be disposed when that is done.</returns>
    public X509Certificate2? ApplyTo(ClientWebSocketOptions options)
    {
        if (token is not null)
        {
            options.SetRequestHeader("Authorization", $"Bearer {token.Text}");
        }

        X509Certificate2? certificate = Certificate();
        if (certificate is not null)
        {
            options.ClientCertificates.Add(certificate);
        }

        return certificate;
    }

    /// <summary>What is told when the server accepts it not.</summary>
    /// <param name="reason">What the server says of it; null: nothing.</param>
    public CommandException RefusedBecause(string? reason, Exception? cause) => token is null
        ? AdmissionReason.OfCertificate(reason, identity!.Path, cause)
        : new CommandException(
            ExitCode.Fault, reason == AdmissionReason.Required ? "The server accepts no token, but certificates of clients that have enrolled." : "The server does not accept the token.",
            reason == AdmissionReason.Required ? AdmissionReason.EnrolAdvice : null, cause);
}
