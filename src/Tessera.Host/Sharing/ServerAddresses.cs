using System.Net;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>The addresses at which one server is reached, the preferred one first: "URL[,URL…]". What holds for one of them holds for all.</summary>
internal sealed class ServerAddresses
{
    /// <summary>Addresses of one server: as many may be dialled at once.</summary>
    public const int Max = 8;

    /// <summary>The scheme of addresses with TLS and without HTTP (docs/protocol.md, "Without HTTP").</summary>
    public const string Bare = "tls";

    private readonly Uri[] urls;

    private ServerAddresses(Uri[] urls) => this.urls = urls;

    public int Count => urls.Length;

    /// <summary>The one that is gone back to when it answers; what a client keeps for the server it keeps under this one.</summary>
    public Uri Preferred => urls[0];

    public Uri this[int number] => urls[number];

    /// <param name="list">As it was given.</param>
    /// <param name="fingerprint">That of the server's certificate; null: none was named.</param>
    /// <param name="addressOf">The URL that one of the list stands for.</param>
    /// <exception cref="CommandException">One of them is not to be sent a token, or they cannot all be of one server.</exception>
    public static ServerAddresses Parse(string list, CertificateFingerprint? fingerprint, Func<string, string> addressOf)
    {
        string[] given = list.Split(',');
        if (given.Length > Max)
        {
            throw new CommandException(ExitCode.Usage, $"{given.Length} addresses are more than {Max}.");
        }

        Uri[] all = [.. given.Select(one => Check(addressOf(one), fingerprint))];
        if (all.Distinct().Count() < all.Length)
        {
            throw new CommandException(ExitCode.Usage, "One of the addresses is there twice.");
        }

        if (all.Any(url => IsEncrypted(url) != IsEncrypted(all[0])))
        {
            throw new CommandException(ExitCode.Usage, "Some of the addresses are without TLS, and others with it: what is to be encrypted would not stay so.", "Write wss://, or tls://, for all of them.");
        }

        return all.All(url => NameOf(url) == NameOf(all[0]))
            ? new ServerAddresses(all)
            : throw new CommandException(ExitCode.Usage, "The addresses end in different names, and are to lead to one and the same.");
    }

    /// <summary>The URL, when it is one that the token may be sent to.</summary>
    /// <exception cref="CommandException">It is none, or would send the token over a network for all to read.</exception>
    public static Uri Check(string url, CertificateFingerprint? fingerprint)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("ws" or "wss" or Bare))
        {
            throw new CommandException(ExitCode.Usage, $"{url} is not a URL of a server: wss:// or tls://.", "Write wss://SERVER:7400/workspaces/NAME to share, wss://SERVER:7400/NAME to mount.");
        }

        if (parsed is { Scheme: Bare, Port: < 1 })
        {
            throw new CommandException(ExitCode.Usage, $"{url} says no port, and there is none that goes without saying.", "Write tls://SERVER:7400/….");
        }

        if (fingerprint is not null && !IsEncrypted(parsed))
        {
            throw new CommandException(ExitCode.Usage, $"{url} is without TLS, so there is no certificate that --fingerprint could name.", "Write wss://.");
        }

        return IsEncrypted(parsed) || (IPAddress.TryParse(parsed.DnsSafeHost, out IPAddress? address) ? IPAddress.IsLoopback(address) : parsed.Host == "localhost")
            ? parsed
            : throw new CommandException(ExitCode.Usage, $"{url} would send the token and the files unencrypted over a network.", "Use wss://, or a tunnel that ends on this host.");
    }

    public static bool IsEncrypted(Uri url) => url.Scheme is "wss" or Bare;

    /// <summary>The addresses by their numbers, beginning with one of them.</summary>
    public int[] From(int first) => [.. Enumerable.Range(0, Count).Select(number => (first + number) % Count)];

    /// <summary>Nothing of it is a secret: tokens are in no URL.</summary>
    public override string ToString() => string.Join(',', urls.Select(url => url.ToString()));

    private static string NameOf(Uri url) => url.AbsolutePath[(url.AbsolutePath.LastIndexOf('/') + 1)..];
}
