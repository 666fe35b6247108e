using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
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

    /// <exception cref="CommandException">There is neither.</exception>
    public static ClientCredential Of(ShareOptions options, Uri server)
    {
        if (options.TokenFile is not null)
        {
            return options.ClientCertificate is null
                ? new ClientCredential(AccessToken.Read(options.TokenFile), identity: null)
                : throw new CommandException(ExitCode.Usage, "--token-file and --client-certificate exclude each other.");
        }

        if (server.Scheme != "wss")
        {
            throw new CommandException(ExitCode.Usage, "Without TLS a client shows a token.", "Name it by --token-file, or write wss://.");
        }

        ClientIdentity shown = options.ClientCertificate is null ? ClientIdentity.For(server) : new ClientIdentity(options.ClientCertificate);
        shown.Read().Dispose();
        return new ClientCredential(token: null, shown);
    }

    /// <summary>Gives it to a connection that is to be made. A certificate is read anew each time: it may have been renewed.</summary>
    /// <returns>To be disposed when the connection is made.</returns>
    public X509Certificate2? ApplyTo(ClientWebSocketOptions options)
    {
        if (token is not null)
        {
            options.SetRequestHeader("Authorization", $"Bearer {token.Text}");
            return null;
        }

        X509Certificate2 certificate = identity!.Read();
        options.ClientCertificates.Add(certificate);
        return certificate;
    }

    /// <summary>What is told when the server accepts it not.</summary>
    /// <param name="reason">What the server says of it; null: nothing.</param>
    public CommandException RefusedBecause(string? reason, Exception cause) => token is null
        ? AdmissionReason.OfCertificate(reason, identity!.Path, cause)
        : new CommandException(
            ExitCode.Fault, reason == AdmissionReason.Required ? "The server accepts no token, but certificates of clients that have enrolled." : "The server does not accept the token.",
            reason == AdmissionReason.Required ? AdmissionReason.EnrolAdvice : null, cause);
}
